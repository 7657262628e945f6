import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../harness/model/record.ts';
import { DrillError } from '../../../harness/support/errors.ts';
import { eventsFileReporter } from '../../../reports/events-file.ts';
import { foldRecord } from '../../../reports/record.ts';
import { recordFileReporter } from '../../../reports/record-file.ts';
import { type Reporter, ReporterFanOut } from '../../../reports/reporter.ts';
import { failed } from '../../golden/journals/failed.ts';
import { passed } from '../../golden/journals/passed.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubedrill-reports-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function report(events: typeof passed, ...reporters: Reporter[]): Promise<RunRecord> {
  const fanOut = new ReporterFanOut(reporters);
  for (const event of events) fanOut.onEvent(event);
  return await fanOut.end();
}

function counting(): Reporter & { events: number; records: RunRecord[] } {
  return {
    name: 'counting',
    events: 0,
    records: [],
    onEvent() {
      this.events += 1;
    },
    onEnd(record) {
      this.records.push(record);
    },
  };
}

describe('several reporters', () => {
  it('all see every event and the record', async () => {
    const [one, two] = [counting(), counting()];
    const record = await report(passed, one, two);
    expect([one.events, two.events]).toEqual([passed.length, passed.length]);
    expect([one.records, two.records]).toEqual([[record], [record]]);
    expect(record).toEqual(foldRecord(passed));
  });

  it('go on when one throws at an event, and the run ends with exit code 5', async () => {
    let calls = 0;
    const broken: Reporter = {
      name: 'broken',
      onEvent() {
        calls += 1;
        throw new Error('no room');
      },
      onEnd() {
        calls += 1;
      },
    };
    const sound = counting();
    const record = await report(failed, broken, sound);
    expect(calls).toBe(1);
    expect(sound.events).toBe(failed.length);
    expect(record).toMatchObject({
      exitCode: 5,
      verdict: 'failed',
      reporterProblems: [{ reporter: 'broken', message: 'no room' }],
    });
    expect(sound.records[0]?.reporterProblems).toHaveLength(1);
  });

  it('go on when one fails at the end, and later ones know of it', async () => {
    const broken: Reporter = {
      name: 'broken',
      onEnd: () => Promise.reject(new Error('disk full')),
    };
    const after = counting();
    const record = await report(passed, broken, after);
    expect(record.exitCode).toBe(5);
    expect(after.records[0]?.exitCode).toBe(5);
  });
});

describe('files of a run', () => {
  it('record.json is the record, and no half-written file lies beside it', async () => {
    const record = await report(passed, recordFileReporter(join(directory, 'record.json')));
    expect(await readdir(directory)).toEqual(['record.json']);
    expect(JSON.parse(await readFile(join(directory, 'record.json'), 'utf8'))).toEqual(record);
  });

  it('the copy of the events has each event on a line', async () => {
    const path = join(directory, 'copy.ndjson');
    await report(passed, eventsFileReporter(path));
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(passed);
  });

  it('the folder of the copy of the events is made', async () => {
    const path = join(directory, 'new', 'folder', 'copy.ndjson');
    await report(passed, eventsFileReporter(path));
    expect(await readFile(path, 'utf8')).not.toBe('');
  });

  it('the copy of the events is refused before the run when it cannot be written', () => {
    expect(() => eventsFileReporter(directory)).toThrow(/open the file of events/);
    expect(() => eventsFileReporter(directory)).toThrow(DrillError);
  });
});
