import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { ZodType } from 'zod';
import { CHECKS } from '../checks/index.ts';
import { FAULTS } from '../faults/index.ts';
import { type Scenario, scenarioSchema } from '../model/scenario.ts';
import { findRunbook, shippedRunbooks } from '../runbook/library.ts';
import { describeProblem, didYouMean, type Problem } from '../runbook/problem.ts';
import { DrillError, usageError } from '../support/errors.ts';
import { packageRoot } from '../support/package-root.ts';
import { type Path, readYaml, type YamlReading } from './yaml-source.ts';

/** The names that a scenario may use. */
export interface Vocabulary {
  faults: readonly { name: string; parameters: ZodType; draw?: unknown }[];
  checks: readonly string[];
  findingCodes: readonly string[];
}

/** Faults, checks and findings of this version. */
export const wholeVocabulary: Vocabulary = {
  faults: FAULTS,
  checks: CHECKS.map(({ name }) => name),
  findingCodes: CHECKS.flatMap(({ codes }) => codes.map(({ code }) => code)),
};

export interface LoadedScenario {
  scenario: Scenario;
  /** Absolute path of the YAML. */
  file: string;
  /** Whether it came with kubedrill. */
  shipped: boolean;
}

/** Where a scenario's own name is looked up: `<kind>/<name>/scenario.yaml`, `<kind>/<name>/<variant>.yaml`. */
const KINDS = ['drills', 'incidents'] as const;
const FILE_NAME = 'scenario.yaml';
const VARIANT_EXTENSION = '.yaml';

const SHIPPED = join(packageRoot, 'scenarios');

/**
 * Every scenario that came with kubedrill, in name order, drills first.
 * @throws DrillError (usage) when one is invalid.
 */
export async function shippedScenarios(
  vocabulary: Vocabulary = wholeVocabulary,
): Promise<LoadedScenario[]> {
  const files = await shippedFiles();
  return Promise.all([...files.values()].map((file) => readScenarioFile(file, vocabulary)));
}

/**
 * The scenarios that a command line names, in its order: `quorum-loss`, `drills/quorum-loss`, an incident's
 * variant or all of them (`openkruise-webhook`), or a file or folder of the user's own.
 * @throws DrillError (usage) naming every unknown or invalid one with file, line and column.
 */
export async function loadScenarios(
  wanted: readonly string[],
  vocabulary: Vocabulary = wholeVocabulary,
): Promise<LoadedScenario[]> {
  const shipped = await shippedFiles();
  const loaded: LoadedScenario[] = [];
  for (const name of wanted) {
    for (const file of await locate(name, shipped))
      loaded.push(await readScenarioFile(file, vocabulary));
  }
  const clash = loaded.find((one) =>
    loaded.some((other) => other.scenario.name === one.scenario.name && other.file !== one.file),
  );
  if (clash !== undefined) {
    throw usageError(
      `run ${wanted.join(' and ')}`,
      `two different scenarios are called "${clash.scenario.name}", so their results could not be told apart`,
      `give one of them another name, or run them one at a time`,
    );
  }
  return loaded;
}

/** Reads and validates one scenario. @throws DrillError (usage) with file, line and column of every problem. */
export async function readScenarioFile(
  file: string,
  vocabulary: Vocabulary = wholeVocabulary,
): Promise<LoadedScenario> {
  const shown = shownPath(file);
  const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    throw usageError(`read scenario ${shown}`, thrown.message, 'kubedrill list');
  });
  const reading = readYaml(text, scenarioSchema);
  const shipped = !relative(SHIPPED, file).startsWith('..');
  const problems = [...reading.problems];
  if (reading.value !== undefined) {
    problems.push(...unknownNames(reading.value, reading, vocabulary));
    if (shipped) problems.push(...nameProblems(reading.value, reading, file));
    problems.push(...missingRunbooks(reading.value, reading, file));
    problems.push(...missingScripts(reading.value, reading, file));
  }
  if (reading.value === undefined || problems.length > 0) throw invalid(shown, problems);
  return { scenario: reading.value, file, shipped };
}

function invalid(shown: string, problems: readonly Problem[]): DrillError {
  const lines = problems
    .toSorted((one, other) => one.line - other.line || one.column - other.column)
    .map((problem) => describeProblem(shown, problem));
  return new DrillError({
    kind: 'usage',
    attempted: `read scenario ${shown}`,
    happened: lines.length === 1 ? 'it has a problem' : `it has ${lines.length} problems`,
    output: lines.join('\n'),
    hint: '`kubedrill schema scenario` prints what a scenario may say',
  });
}

function unknownNames(
  scenario: Scenario,
  { problemAt, problemsOf }: YamlReading<Scenario>,
  { faults, checks, findingCodes }: Vocabulary,
): Problem[] {
  const unknown = (kind: string, name: string, known: readonly string[], path: Path) =>
    known.includes(name)
      ? []
      : [problemAt(path, `unknown ${kind} "${name}"${didYouMean(name, known)}`)];
  const faultNames = faults.map(({ name }) => name);
  return [
    ...scenario.faults.flatMap((call, index) => [
      ...unknown('fault', call.fault, faultNames, ['faults', index, 'fault']),
      ...faults
        .filter(({ name }) => name === call.fault)
        .flatMap(({ parameters }) => problemsOf(parameters, call.with, ['faults', index, 'with'])),
    ]),
    ...(scenario.randomFaults?.from ?? []).flatMap((name, index) => {
      const drawn = faults.filter(({ draw }) => draw !== undefined).map((fault) => fault.name);
      return unknown('random fault', name, drawn, ['randomFaults', 'from', index]);
    }),
    ...scenario.skipChecks.flatMap((check, index) =>
      unknown('check', check, checks, ['skipChecks', index]),
    ),
    ...expectationsOf(scenario).flatMap(({ expected, path }) =>
      (['findings', 'mayAlso'] as const).flatMap((list) =>
        expected[list].flatMap((code, index) =>
          unknown('finding', code, findingCodes, [...path, list, index]),
        ),
      ),
    ),
  ];
}

/** Everywhere that a scenario says what will be found. */
function expectationsOf({ symptoms, recovery }: Scenario) {
  return [
    ...(symptoms ? [{ expected: symptoms, path: ['symptoms'] }] : []),
    ...recovery.flatMap(({ expect: expected }, entry) =>
      expected ? [{ expected, path: ['recovery', entry, 'expect'] }] : [],
    ),
  ];
}

/** A shipped scenario is found by its folder, so both names are one. */
function nameProblems(
  scenario: Scenario,
  { problemAt }: YamlReading<Scenario>,
  file: string,
): Problem[] {
  const folder = basename(dirname(file));
  const own =
    basename(file) === FILE_NAME ? folder : `${folder}/${basename(file, VARIANT_EXTENSION)}`;
  return scenario.name === own
    ? []
    : [problemAt(['name'], `name is "${scenario.name}", but its place says "${own}"`)];
}

function missingRunbooks(
  scenario: Scenario,
  { problemAt }: YamlReading<Scenario>,
  file: string,
): Problem[] {
  const named = [
    { name: scenario.backup.runbook, path: ['backup', 'runbook'] },
    ...scenario.installs.map((name, index) => ({ name, path: ['installs', index] })),
    ...scenario.backup.changesAfter.map((name, index) => ({
      name,
      path: ['backup', 'changesAfter', index],
    })),
    ...scenario.recovery.map(({ runbook: name }, entry) => ({
      name,
      path: ['recovery', entry, 'runbook'],
    })),
  ];
  return named.flatMap(({ name, path }) => {
    try {
      findRunbook(name, dirname(file));
      return [];
    } catch (thrown) {
      if (!(thrown instanceof DrillError)) throw thrown;
      return [problemAt(path, `no runbook "${name}"${didYouMean(name, shippedRunbooks())}`)];
    }
  });
}

function missingScripts(
  { chaos }: Scenario,
  { problemAt }: YamlReading<Scenario>,
  file: string,
): Problem[] {
  return chaos.flatMap(({ script }, index) => {
    const path = resolve(dirname(file), script);
    if (existsSync(path)) return [];
    return [problemAt(['chaos', index, 'script'], `no chaos script ${shownPath(path)}`)];
  });
}

/** Shipped scenarios by name. */
async function shippedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const kind of KINDS) {
    const names = await readdir(join(SHIPPED, kind)).catch(() => []);
    for (const name of names.sort()) {
      const folder = join(SHIPPED, kind, name);
      for (const file of (await readdir(folder).catch(() => [])).sort()) {
        if (file === FILE_NAME) files.set(name, join(folder, file));
        else if (file.endsWith(VARIANT_EXTENSION))
          files.set(`${name}/${basename(file, VARIANT_EXTENSION)}`, join(folder, file));
      }
    }
  }
  return files;
}

/** Several files where the name of an incident alone stands for all its variants. */
async function locate(wanted: string, shipped: ReadonlyMap<string, string>): Promise<string[]> {
  const [kind = '', ...rest] = wanted.split('/');
  const name = KINDS.some((each) => each === kind) ? rest.join('/') : wanted;
  const byName = shipped.get(name);
  if (byName) return [byName];
  const variants = [...shipped].filter(([each]) => each.startsWith(`${name}/`));
  if (variants.length > 0) return variants.map(([, file]) => file);
  const path = resolve(wanted);
  for (const file of [path, join(path, FILE_NAME)]) if (await isFile(file)) return [file];
  throw usageError(
    `find scenario "${wanted}"`,
    `there is none of that name, and no such file${didYouMean(wanted, [...shipped.keys()])}`,
    'kubedrill list',
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** As a person would type it from here. */
function shownPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') ? file : fromHere;
}
