import type { DrillRecord, RunRecord } from '../../harness/model/record.ts';
import { writeWholeFile } from '../../harness/support/whole-file.ts';
import { MARK_OF_DRILL } from '../mark.ts';
import { duration } from '../text.ts';
import { aboutSection } from './about-section.ts';
import { checksSection } from './checks-section.ts';
import { findingsSection } from './findings-section.ts';
import { html, Markup, NOTHING } from './markup.ts';
import { objectsSection } from './objects-section.ts';
import { recoverySection } from './recovery-section.ts';
import { STYLE } from './style.ts';
import { timelineSection } from './timeline-section.ts';
import { verdictSection } from './verdict-section.ts';

/** The run as one page for a browser: there is none, or a whole one. */
export async function writeHtmlReport(path: string, record: RunRecord): Promise<void> {
  await writeWholeFile(path, htmlOf(record));
}

/**
 * A page in one file: no script, and a policy that lets it load nothing from anywhere, whatever the
 * names and outputs in it say.
 */
export function htmlOf(run: RunRecord): string {
  const names = run.drills.map(({ scenario }) => scenario).join(', ');
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${run.verdict}: ${names === '' ? 'no drill' : names}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header><h1>kubedrill</h1> <span class="run">run ${run.runId}, ${run.startedAt}, ${duration(run.durationMs)}</span></header>
<main>
${remarks(run)}${overview(run)}${run.drills.map(drillArticle)}</main>
<footer>Made from the journal of the run: <code>kubedrill report ${run.runId} --html FILE</code> makes it again.</footer>
</body>
</html>
`.text
  }`;
}

function drillArticle(drill: DrillRecord, index: number): Markup {
  return html`<article class="drill" id="drill-${index + 1}">
${verdictSection(drill)}
${findingsSection(drill)}
${timelineSection(drill)}
${recoverySection(drill)}
${checksSection(drill)}
${objectsSection(drill)}
${aboutSection(drill)}
</article>
`;
}

/** Of several drills: one line each. */
function overview(run: RunRecord): Markup {
  if (run.drills.length < 2) return NOTHING;
  return html`<table><caption>${run.drills.length} drills</caption><tbody>
${run.drills.map((drill, index) => {
  const { symbol, tone } = MARK_OF_DRILL[drill.verdict];
  return html`<tr><td class="mark ${tone}">${symbol} ${drill.verdict}</td><td><a href="#drill-${index + 1}">${drill.scenario} on ${drill.target}</a></td><td>${duration(drill.durationMs)}</td><td>${drill.reason}</td></tr>\n`;
})}</tbody></table>
`;
}

function remarks(run: RunRecord): Markup[] {
  const lines = [
    ...(run.drills.length === 0 ? ['No drill was run.'] : []),
    ...(run.interruptedBy === null ? [] : [`The run was stopped by ${run.interruptedBy}.`]),
    ...run.reporterProblems.map(
      ({ reporter, message }) => `The report "${reporter}" was not written: ${message}`,
    ),
  ];
  return lines.map((line) => html`<p class="unsure"><b>${line}</b></p>\n`);
}
