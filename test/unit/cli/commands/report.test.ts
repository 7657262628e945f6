import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reportCommand } from '../../../../harness/cli/commands/report.ts';
import type { JournalEvent } from '../../../../harness/model/event.ts';
import { foldRecord } from '../../../../reports/record.ts';
import { failed } from '../../../golden/journals/failed.ts';
import { passed } from '../../../golden/journals/passed.ts';

const OLDER = '20261119-080000-ffff';
const NEWER = '20261120-173106-a1b2';
let runs: string;

beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'kubedrill-runs-'));
  await saveRun(NEWER, failed);
  await saveRun(OLDER, passed);
  await mkdir(join(runs, '20261121-000000-0000'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(runs, { recursive: true, force: true });
});

async function saveRun(id: string, journal: readonly JournalEvent[]): Promise<void> {
  await mkdir(join(runs, id));
  const lines = journal.map((event) => `${JSON.stringify(event)}\n`);
  await writeFile(join(runs, id, 'events.ndjson'), lines.join(''));
}

/** @returns what was written on standard output. */
async function report(...argv: string[]): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  await reportCommand().parseAsync([...argv, '--runs', runs], { from: 'user' });
  return written.join('');
}

describe('kubedrill report', () => {
  it('shows the newest run that has a journal', async () => {
    expect(await report('latest')).toMatch(/FAILED/);
  });

  it.each([
    ['an id', () => OLDER],
    ['a folder', () => join(runs, OLDER)],
    ['a journal', () => join(runs, OLDER, 'events.ndjson')],
  ])('shows the run named by %s', async (_what, name) => {
    expect(await report(name())).toMatch(/PASSED/);
  });

  it('prints one JSON document and nothing else with --json', async () => {
    expect(JSON.parse(await report('latest', '--json'))).toEqual(foldRecord(failed));
  });

  it('makes every document again with --out', async () => {
    const out = join(runs, 'again');
    await report(OLDER, '--out', out);
    expect((await readdir(out)).sort()).toEqual([
      'junit.xml',
      'record.json',
      'report.html',
      'summary.txt',
    ]);
    expect(await readFile(join(out, 'summary.txt'), 'utf8')).not.toContain('\u001b');
  });

  it('writes JUnit where it is told to', async () => {
    await report(OLDER, '--junit', join(runs, 'new', 'junit.xml'));
    expect(await readFile(join(runs, 'new', 'junit.xml'), 'utf8')).toContain('</testsuites>');
  });

  it('writes a page for a browser where it is told to', async () => {
    await report('latest', '--html', join(runs, 'page.html'));
    expect(await readFile(join(runs, 'page.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('names the newest runs when there is none of that name', async () => {
    await expect(report('nope')).rejects.toMatchObject({
      kind: 'usage',
      happened: expect.stringContaining(NEWER),
    });
  });

  it('says what to do when there is no run at all', async () => {
    await rm(runs, { recursive: true });
    await expect(report('latest')).rejects.toMatchObject({
      kind: 'usage',
      hint: expect.stringContaining('kubedrill run'),
    });
  });

  it('refuses a journal whose events are not of this version', async () => {
    const path = join(runs, 'strange.ndjson');
    const strange = passed.map((event) =>
      event.type === 'drill-ended' ? { ...event, verdict: 'splendid' } : event,
    );
    await writeFile(path, strange.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await expect(report(path)).rejects.toMatchObject({ kind: 'usage' });
    const hollow = passed.map(({ seq, at, elapsedMs, type }) => ({ seq, at, elapsedMs, type }));
    await writeFile(path, hollow.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await expect(report(path)).rejects.toMatchObject({ kind: 'usage' });
  });
});
