import { AS_WRITTEN, type GuideRun } from './guide-runs.ts';

const BEGIN = '<!-- guides: written by `npm run guides` -->';
const END = '<!-- /guides -->';

/** One row a drill of a guide. @param folder path from the page to `scenarios/`, with its slash. */
export function guideTable(runs: readonly GuideRun[], folder: string): string {
  const rows = runs.map((run) => {
    const name = run.runbook.slice(AS_WRITTEN.length);
    const page = `${folder}runbooks/${run.runbook}.md`;
    const drill = `${folder}drills/${run.scenario}/README.md`;
    return `| [${titleOf(run)}](${page}) | ${name} | ${outcome(run)} | [${run.scenario}](${drill}) |`;
  });
  return [
    '| guide | procedure | what comes of it | drill |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Without the section, which the runbook's own page tells. */
function titleOf({ source }: GuideRun): string {
  return source.replace(/ \(section .*\)$/, '');
}

function outcome(run: GuideRun): string {
  if (run.ended === 'works') return `**works**${changes(run)}`;
  if (run.ended === 'stops') return `**stops**${codes(run)} at “${run.stopped ?? ''}”`;
  return `**loses**${codes(run)}: ${lowerFirst(run.summary.replace(/^A published guide /, ''))}`;
}

function codes({ findings }: GuideRun): string {
  return findings.length === 0 ? '' : `, ${findings.map((code) => `\`${code}\``).join(', ')}`;
}

function changes({ substitutions, addedSteps }: GuideRun): string {
  const parts = [
    ...(substitutions > 0 ? [counted(substitutions, 'command')] : []),
    ...(addedSteps > 0 ? [counted(addedSteps, 'missing step')] : []),
  ];
  return parts.length === 0 ? '' : ` with ${parts.join(' and ')} mended`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The page beside the guides. */
export function guidePage(runs: readonly GuideRun[]): string {
  const versions = [...new Set(runs.map((run) => `etcd ${run.versions.etcd ?? '?'}`))].sort();
  return `# Published guides, word for word

Procedures that people follow because they are published. Each page here has the commands of one guide as they stand; what
had to be changed or added so that they run at all is in the front matter of the page, with the reason, or in blocks
marked \`added\`. The table is made of real drills (${versions.join(', ')}) by \`npm run guides\`; \`record.json\` beside it
has what they came to.

${guideTable(runs, '../../')}
*Loses* names what was found afterwards; the drill's page tells what looks healthy meanwhile, and which procedure to use.
`;
}

/** A page with the table between its marks made anew. @throws Error where the marks are missing. */
export function withGuideTable(page: string, runs: readonly GuideRun[]): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from === -1 || to < from) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, from)}${BEGIN}\n${guideTable(runs, 'scenarios/')}${page.slice(to)}`;
}
