import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { RunRecord } from '../../harness/model/record.ts';
import { environmentError, messageOf } from '../../harness/support/errors.ts';
import type { Reporter } from '../reporter.ts';
import { type Suite, suitesOf } from './suites.ts';

/** `--junit FILE`: suite = drill, case = phase, check or verdict. */
export function junitReporter(path: string): Reporter {
  return { name: 'junit', onEnd: (record) => writeJUnitReport(path, record) };
}

/**
 * Writes beside `path`, reads that back and renames it, since the package says nothing when it
 * could not write.
 * @throws DrillError (kind environment) when the file cannot be written, Error when it is not what
 * was meant.
 */
export async function writeJUnitReport(path: string, record: RunRecord): Promise<void> {
  const { writeJUnit } = await import('./feed.ts');
  const suites = suitesOf(record, attachmentsOf(record, path));
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeJUnit(temporary, `kubedrill ${record.runId}`, suites);
    await assertComplete(await readFile(temporary, 'utf8'), suites);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const ofTheDisk = thrown instanceof Error && 'code' in thrown;
    if (!ofTheDisk) throw thrown;
    throw environmentError(`write the JUnit report ${path}`, messageOf(thrown));
  }
}

/** Readers of JUnit look for attachments from the folder of the report. */
function attachmentsOf({ directory }: RunRecord, path: string): string[] {
  return ['events.ndjson', 'record.json']
    .map((name) => resolve(directory, name))
    .filter((file) => directory !== '' && existsSync(file))
    .map((file) => relative(dirname(resolve(path)), file));
}

async function assertComplete(document: string, suites: readonly Suite[]): Promise<void> {
  const { countElements } = await import('./xml.ts');
  const found = countElements(document);
  const cases = suites.flatMap((suite) => suite.cases);
  const wanted = {
    testsuite: suites.length,
    testcase: cases.length,
    failure: cases.filter(({ outcome }) => typeof outcome === 'object').length,
    skipped: cases.filter(({ outcome }) => outcome === 'skipped').length,
  };
  for (const [element, many] of Object.entries(wanted)) {
    const written = found.get(element) ?? 0;
    if (written !== many)
      throw new Error(`${written} <${element}> were written instead of ${many}`);
  }
}
