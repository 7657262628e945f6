import type { DrillRecord } from '../../harness/model/record.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** With what it was run, what is left of it, and how to do it again. */
export function aboutSection(drill: DrillRecord): Markup {
  const versions = Object.entries(drill.versions).map(([tool, version]) => `${tool} ${version}`);
  const rows: [string, string | Markup][] = [
    ...drill.notes.map(({ level, message }): [string, string] => [
      level === 'warning' ? 'Warning' : 'Note',
      message,
    ]),
    ...drill.left.map(({ what, why }): [string, string] => ['Left behind', `${what}: ${why}`]),
    ['Versions', versions.join(', ')],
    ['Began', drill.startedAt],
    ['Seed', String(drill.seed)],
    ['Scenario', drill.scenarioFile],
    ['Evidence', drill.evidence ?? ''],
  ];
  return html`<section>
<h3>How to do it again</h3>
<pre class="command">${drill.reproduce}</pre>
<dl class="about">${rows
    .filter(([, text]) => text !== '')
    .map(([label, text]) => html`<dt>${label}</dt><dd>${text}</dd>\n`)}</dl>
${toolTable(drill)}<details><summary>Parameters</summary>
<pre>${JSON.stringify(drill.parameters, null, 2)}</pre>
</details>
</section>`;
}

function toolTable({ tools }: DrillRecord): Markup {
  if (tools.length === 0) return NOTHING;
  return html`<details><summary>Programs</summary>
<table><thead><tr><th>program</th><th>version</th><th>from</th><th>path</th></tr></thead><tbody>
${tools.map(({ tool, version, source, path }) => html`<tr><td>${tool}</td><td>${version}</td><td>${source}</td><td><code>${path}</code></td></tr>\n`)}</tbody></table>
</details>
`;
}
