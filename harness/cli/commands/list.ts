import { Command } from 'commander';
import { didYouMean } from '../../runbook/problem.ts';
import { usageError } from '../../support/errors.ts';
import { table } from '../table.ts';

interface ListOptions {
  json?: true;
  runbooks?: true;
  faults?: true;
  checks?: true;
}

/** One row of any of the lists. */
interface Named {
  name: string;
  summary: string;
}

/** `kubedrill list [--runbooks|--faults|--checks]`. */
export function listCommand(): Command {
  return new Command('list')
    .description('Lists the scenarios, or with an option what scenarios are made of.')
    .argument('[name...]', 'only these')
    .option('--runbooks', 'the procedures that come with kubedrill')
    .option('--faults', 'what can be broken')
    .option('--checks', 'what is proven')
    .option('--json', 'one JSON document on standard output')
    .action(async (names: string[], options: ListOptions) => {
      process.stdout.write(await listing(names, options));
    });
}

async function listing(names: readonly string[], options: ListOptions): Promise<string> {
  if (options.runbooks) return namedListing('runbooks', await runbooks(), names, options);
  if (options.faults) return namedListing('faults', await faults(), names, options);
  if (options.checks) return namedListing('checks', await checks(), names, options);
  const scenarios = chosen('scenario', await scenarioRows(), names);
  if (options.json) return document({ scenarios });
  return table(
    ['SCENARIO', 'KIND', 'TARGETS', 'WHAT HAPPENS'],
    scenarios.map(({ name, kind, targets, summary }) => [name, kind, targets.join(' '), summary]),
  );
}

function namedListing(
  kind: 'runbooks' | 'faults' | 'checks',
  all: readonly Named[],
  names: readonly string[],
  options: ListOptions,
): string {
  const rows = chosen(kind.slice(0, -1), all, names);
  if (options.json) return document({ [kind]: rows });
  return table(
    [kind.slice(0, -1).toUpperCase(), 'WHAT IT IS'],
    rows.map(({ name, summary }) => [name, summary]),
  );
}

/** @throws DrillError (usage) when a name is none of them. */
function chosen<T extends Named>(kind: string, all: readonly T[], names: readonly string[]): T[] {
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw usageError(
      `list ${kind} "${unknown}"`,
      `there is none of that name${didYouMean(unknown, known)}`,
      'kubedrill list',
    );
  }
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}

function document(content: Record<string, unknown>): string {
  return `${JSON.stringify({ schemaVersion: 1, ...content }, null, 2)}\n`;
}

async function scenarioRows() {
  const { shippedScenarios } = await import('../../runner/scenario-file.ts');
  return (await shippedScenarios()).map(({ scenario, file }) => ({
    name: scenario.name,
    kind: scenario.kind,
    summary: scenario.summary,
    targets: scenario.targets,
    source: scenario.source ?? null,
    file,
  }));
}

async function runbooks(): Promise<Named[]> {
  const { checkRunbook, shippedRunbooks } = await import('../../runbook/library.ts');
  return shippedRunbooks().map((name) => {
    const { runbook } = checkRunbook(name, process.cwd());
    return { name, summary: runbook?.frontMatter.summary ?? 'invalid: kubedrill runbook check' };
  });
}

async function faults(): Promise<Named[]> {
  const { FAULTS } = await import('../../faults/index.ts');
  return FAULTS.map(({ name, summary }) => ({ name, summary }));
}

async function checks(): Promise<Named[]> {
  const { CHECKS } = await import('../../checks/index.ts');
  return CHECKS.map(({ name, title, codes }) => ({
    name,
    summary: title,
    findings: codes.map(({ code }) => code),
  }));
}
