import type { IncidentRun, Round } from './incident-runs.ts';

interface Marks {
  begin: string;
  end: string;
}

export const TRACK_RECORD: Marks = {
  begin: '<!-- track record: written by `npm run incidents` -->',
  end: '<!-- /track record -->',
};

/** In the page of one incident. */
export const ROUNDS: Marks = {
  begin: '<!-- rounds: written by `npm run incidents` -->',
  end: '<!-- /rounds -->',
};

/** One row a variant. */
export function trackRecord(runs: readonly IncidentRun[]): string {
  return table(
    ['incident', 'source', 'on', 'detector', 'after', 'no cure', 'cure', 'last reproduced'],
    runs.map((run) => {
      const { scenario, source, rounds, lastReproduced } = run;
      const [folder = scenario] = scenario.split('/');
      return [
        `[${scenario}](${folder}/README.md)`,
        source === null ? 'our own drills' : linked(source),
        `${run.target}, ${versionsOf(run)}`,
        detectedBy(run),
        detectedAfter(rounds),
        namesOf(rounds.filter(({ noCure }) => noCure)),
        isTwin(run) ? '' : namesOf(rounds.slice(-1)),
        lastReproduced,
      ];
    }),
  );
}

/** One row a step of each variant of one incident: what was found after it. */
export function roundsTable(runs: readonly IncidentRun[]): string {
  return table(
    ['variant', 'after', 'must be found', 'may be, and was', 'looked at for'],
    runs.flatMap(({ scenario, rounds }) =>
      rounds.map((round, index) => [
        index === 0 ? `\`${scenario.split('/')[1] ?? scenario}\`` : '',
        nameOf(round),
        round.findings.length === 0 ? 'nothing' : round.findings.map(code).join(', '),
        round.also.map(code).join(', '),
        seconds(round.watchedMs),
      ]),
    ),
  );
}

/** A page with what stands between two marks made anew. @throws Error where the marks are missing. */
export function between(page: string, { begin, end }: Marks, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return `${page.slice(0, from)}${begin}\n${text}${page.slice(to)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n');
}

function versionsOf({ versions }: IncidentRun): string {
  return Object.entries(versions)
    .map(([program, version]) => `${program} ${version}`)
    .join(', ');
}

function isTwin({ detectors, rounds }: IncidentRun): boolean {
  return detectors.length === 0 && !rounds.some(({ stops }) => stops);
}

function detectedBy(run: IncidentRun): string {
  if (isTwin(run)) return 'silent, as it should be';
  return run.detectors.length === 0 ? 'the procedure stops' : run.detectors.map(code).join(', ');
}

/** `https://github.com/etcd-io/etcd/issues/9` → a link `etcd-io/etcd#9`. */
function linked(source: string): string {
  const issue = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/issues\/(\d+)$/.exec(source);
  if (issue !== null) return `[${issue[1]}#${issue[2]}](${source})`;
  return source.startsWith('https://') ? `<${source}>` : source;
}

/** Of the first step after which something was wrong. */
function detectedAfter(rounds: readonly Round[]): string {
  const first = rounds.find(({ findings }) => findings.length > 0);
  return first === undefined ? '' : seconds(first.watchedMs);
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))} s`;
}

function namesOf(rounds: readonly Round[]): string {
  return rounds.map(nameOf).join(', ');
}

/** `runbooks/revoke-again.md` → `revoke-again`. */
function nameOf({ runbook, stops }: Round): string {
  const name = runbook.replace(/^runbooks\//, '').replace(/\.md$/, '');
  return stops ? `${code(name)} (stops)` : code(name);
}

function code(text: string): string {
  return `\`${text}\``;
}
