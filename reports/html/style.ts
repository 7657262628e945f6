/** Fonts of the system, two schemes by what the reader prefers. On paper all is open but what
 * commands printed that went well. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbf9; --card: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d5d9de;
  --good: #1a7f37; --bad: #c4272c; --unsure: #8a5a00; --quiet: #6a737d;
  --good-card: #e7f5ea; --bad-card: #fdeceb; --unsure-card: #fdf3dc; --quiet-card: #f0f1f3;
  --proving: #cdd5de; --broken: #f0b4ae; --recovering: #b5d3f2; --step: #5b8fc9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1c2024; --ink: #e4e7ea; --soft: #9aa4af; --line: #343b43;
    --good: #57c26f; --bad: #ff7b72; --unsure: #e3b341; --quiet: #8b949e;
    --good-card: #15301d; --bad-card: #3c1a1a; --unsure-card: #382b0d; --quiet-card: #24292f;
    --proving: #3d4651; --broken: #7d3a36; --recovering: #2b4c70; --step: #5f94cf;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; }
h1 { font-size: 1rem; font-weight: 600; margin: 0; }
h2 { font-size: 1.6rem; line-height: 1.2; margin: 0.1em 0; overflow-wrap: anywhere; }
h3 { font-size: 1.15rem; margin: 2rem 0 0.6rem; padding-top: 0.6rem; border-top: 1px solid var(--line); }
h4 { font-size: 1rem; margin: 0; }
p { margin: 0.4em 0; }
small, .summary, .host, dt, .run { color: var(--soft); font-size: 0.875rem; font-weight: 400; }
a { color: inherit; }
code, pre, .objects { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.85rem; }
pre { margin: 0.4em 0; padding: 0.6em 0.8em; background: var(--quiet-card); border-radius: 6px;
  white-space: pre-wrap; overflow-wrap: anywhere; }
pre.command { border-left: 4px solid var(--step); }
pre.output { color: var(--soft); white-space: pre; overflow-x: auto; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .unsure { --tone: var(--unsure); } .quiet { --tone: var(--quiet); }
.mark, .word, .label, p.bad { color: var(--tone); font-weight: 600; }
header { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; align-items: baseline; margin-bottom: 1rem; }
.verdict { padding: 1rem 1.25rem; border-radius: 10px; border-left: 8px solid var(--tone); }
.verdict.good { background: var(--good-card); } .verdict.bad { background: var(--bad-card); }
.verdict.unsure { background: var(--unsure-card); } .verdict.quiet { background: var(--quiet-card); }
.word { font-size: 1.3rem; margin: 0; text-transform: uppercase; letter-spacing: 0.04em; }
.reason { font-size: 1.15rem; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 0.6rem 1.5rem; margin: 0.9rem 0 0; }
.figures dd { margin: 0; font-size: 0.875rem; color: var(--soft); } .figures b { display: block; font-size: 1.2rem; color: var(--ink); }
.finding { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--tone); border-radius: 6px;
  padding: 0.6rem 0.9rem; margin: 0.6rem 0; overflow-wrap: anywhere; }
.label { text-transform: uppercase; font-size: 0.8rem; letter-spacing: 0.04em; }
.cure b { color: var(--tone); }
.objects, .plain { list-style: none; padding: 0; margin: 0.3em 0; } .objects span { color: var(--soft); }
.runbook { margin: 0.9rem 0; }
details { margin: 0.25rem 0; } summary { cursor: pointer; padding: 0.15rem 0; }
details > :not(summary) { margin-left: 1.2rem; }
.number { display: inline-block; min-width: 1.6em; text-align: center; background: var(--quiet-card); border-radius: 4px; font-size: 0.85rem; }
table { border-collapse: collapse; font-size: 0.9rem; max-width: 100%; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.2rem; }
td, th { text-align: left; vertical-align: top; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { font-weight: 600; } .checks th { white-space: nowrap; } .checks tr:has(.quiet) th { white-space: normal; font-weight: 400; color: var(--soft); }
.tables { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 1rem 3rem; }
dl.about { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; } .about dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.picture { overflow-x: auto; } svg { display: block; min-width: 44rem; width: 100%; height: auto; font-size: 12px; }
svg text { fill: var(--ink); dominant-baseline: central; } svg .lane, svg .tick { fill: var(--soft); } svg .tick, svg .caption { text-anchor: middle; }
.grid { stroke: var(--line); stroke-width: 1; }
.phase.proving { fill: var(--proving); } .phase.broken { fill: var(--broken); } .phase.recovering { fill: var(--recovering); }
.phase.bad, .phase.unsure { stroke: var(--tone); stroke-width: 2; }
.outage, .fault { fill: var(--bad); } .milestone { fill: var(--good); } .step { fill: var(--step); } .step.bad { fill: var(--bad); }
svg .outage + .caption, svg .step + .caption { fill: #fff; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: 0.85rem; border-top: 1px solid var(--line); padding-top: 0.6rem; }
@media (max-width: 40rem) { body { padding: 0.75rem; } }
@media print {
  :root { --page: #fff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .verdict, .finding, .phase, .outage, .step, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .finding, tr, pre.command, svg { break-inside: avoid; } h3, h4, summary { break-after: avoid; }
  .picture { overflow: visible; } svg { min-width: 0; } pre.output { white-space: pre-wrap; }
  details::details-content { content-visibility: visible; display: block; } summary { list-style: none; }
  .block.ok :is(.host, .output) { display: none; }
}
`;
