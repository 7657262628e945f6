import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalEvent } from '../../../../harness/model/event.ts';
import type { DrillRecord } from '../../../../harness/model/record.ts';
import { writeJUnitReport } from '../../../../reports/junit/junit.ts';
import { foldRecord } from '../../../../reports/record.ts';
import { failed } from '../../../golden/journals/failed.ts';
import { passed } from '../../../golden/journals/passed.ts';
import { reproduced } from '../../../golden/journals/reproduced.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubedrill-junit-'));
  path = join(directory, 'junit.xml');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

async function junitOf(
  journal: readonly JournalEvent[],
  change: Partial<DrillRecord> = {},
): Promise<string> {
  const record = foldRecord(journal);
  const drills = record.drills.map((drill) => ({ ...drill, ...change }));
  await writeJUnitReport(path, { ...record, drills });
  return await readFile(path, 'utf8');
}

const typesOf = (xml: string) => [...xml.matchAll(/<failure [^>]*type="(\w+)"/g)].map(([, t]) => t);

describe('the JUnit report', () => {
  it('is fed with mocha 11: with mocha 12 mocha-junit-reporter 2.2.1 crashes when it is made', () => {
    const { version } = createRequire(import.meta.url)('mocha/package.json');
    expect(version).toMatch(/^11\./);
  });

  it('has a suite a drill, each with its own properties and time', async () => {
    const again = failed.map((event) => ('drill' in event ? { ...event, drill: 1 } : event));
    const xml = await junitOf([...passed.slice(0, -1), ...again.slice(1)]);
    expect(xml.match(/<testsuite .*/g)).toEqual([
      expect.stringContaining('time="12.590"'),
      expect.stringContaining('time="68.300"'),
    ]);
    expect(xml.match(/name="verdict" value="\w+"/g)).toEqual([
      'name="verdict" value="passed"',
      'name="verdict" value="failed"',
    ]);
  });

  it('tells what is wrong from what could not be seen', async () => {
    expect(typesOf(await junitOf(failed))).toEqual([
      'Failure',
      'Failure',
      'Inconclusive',
      'Failure',
    ]);
  });

  it('tells an error of the harness from one of the procedure', async () => {
    const error = (kind: 'internal' | 'environment' | 'drill' | 'interrupted') =>
      junitOf(passed, { verdict: 'error', error: { kind, explanation: 'TypeError at…' } });
    expect(typesOf(await error('internal'))).toEqual(['HarnessError']);
    expect(typesOf(await error('environment'))).toEqual(['HarnessError']);
    expect(typesOf(await error('drill'))).toEqual(['Failure']);
    expect(typesOf(await error('interrupted'))).toEqual(['Inconclusive']);
    expect(await error('internal')).toContain('TypeError at…');
  });

  it.each(['invalid', 'ineffective', 'inconclusive'] as const)(
    'is not green for a drill that is %s, though no check failed',
    async (verdict) => {
      expect(typesOf(await junitOf(passed, { verdict }))).toEqual(['Inconclusive']);
    },
  );

  it('is green for a drill that found what its scenario expects, and names that', async () => {
    const xml = await junitOf(reproduced);
    expect(typesOf(xml)).toEqual([]);
    expect(xml).toContain('ghost-object at etcd-1');
  });

  it('says why a case was skipped', async () => {
    expect(await junitOf(passed)).toMatch(
      /<system-out>this drill runs no controllers<\/system-out>\s*<skipped\/>/,
    );
  });

  it('has the phase in which a killed run ended as inconclusive', async () => {
    const until = passed.findIndex((event) => event.type === 'runbook-ended' && event.round === 1);
    const xml = await junitOf(passed.slice(0, until));
    expect(typesOf(xml)).toEqual(['Inconclusive', 'Inconclusive']);
  });

  it('is not led astray by variables that a CI job has set for its own tests', async () => {
    const elsewhere = join(directory, 'elsewhere.xml');
    vi.stubEnv('MOCHA_FILE', elsewhere);
    vi.stubEnv('PROPERTIES', 'seed:none');
    vi.stubEnv('ANT_MODE', '1');
    vi.stubEnv('JENKINS_MODE', '1');
    const xml = await junitOf(passed);
    expect(await readdir(directory)).toEqual(['junit.xml']);
    expect(xml).toContain('name="seed" value="4711"');
    expect(xml).toContain('<testcase name="phase preflight"');
    expect(process.env.MOCHA_FILE).toBe(elsewhere);
  });

  it('survives whatever a command has written', async () => {
    const reason = ']]> & <b> "\u0000\u001b[31m\ud800 😀 \uffff';
    const xml = await junitOf(failed, { reason, scenario: 'a<b&"c\u0001' });
    expect(xml).toContain('a&lt;b&amp;&quot;c');
    expect(xml).not.toMatch(/[\u0000\u001b\uffff]/);
  });

  it('replaces the report of an earlier run', async () => {
    await writeFile(path, 'old');
    expect(await junitOf(passed)).toContain('</testsuites>');
  });

  it('names files of the run as attachments, from its own folder', async () => {
    const run = join(directory, 'runs', '1');
    await mkdir(run, { recursive: true });
    await writeFile(join(run, 'events.ndjson'), '');
    await writeJUnitReport(path, { ...foldRecord(passed), directory: run });
    expect(await readFile(path, 'utf8')).toContain('[[ATTACHMENT|runs/1/events.ndjson]]');
  });

  it('fails aloud when it cannot be written, and leaves nothing half-made', async () => {
    await mkdir(path);
    await expect(junitOf(passed)).rejects.toMatchObject({ kind: 'environment' });
    expect(await readdir(directory)).toEqual(['junit.xml']);
    await writeFile(join(directory, 'file'), '');
    path = join(directory, 'file', 'junit.xml');
    await expect(junitOf(passed)).rejects.toMatchObject({ kind: 'environment' });
  });
});
