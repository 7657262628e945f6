import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../../harness/model/event.ts';
import { DrillEnd } from '../../../harness/runner/drill-end.ts';
import { DrillJournal } from '../../../harness/runner/drill-journal.ts';
import { Journal } from '../../../harness/runner/journal.ts';
import { FakeClock } from '../support/fake-clock.ts';

let folder: string;
let clock: FakeClock;
let journal: Journal;
let drill: DrillJournal;
let events: JournalEvent[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-drill-journal-'));
  clock = new FakeClock();
  journal = new Journal(join(folder, 'events.ndjson'), clock);
  drill = new DrillJournal(journal, 2, clock);
  events = [];
  journal.subscribe((event) => events.push(event));
});
afterEach(async () => {
  journal.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a phase of a drill', () => {
  it('is between its two events, which say how long it took', async () => {
    drill.round = 1;
    const value = await drill.phase('recover', async () => {
      drill.note('info', 'half way');
      await clock.pause(1500.4);
      return 'done';
    });
    expect(value).toBe('done');
    expect(events).toMatchObject([
      { type: 'phase-started', drill: 2, phase: 'recover', round: 1 },
      { type: 'note', drill: 2, message: 'half way' },
      { type: 'phase-ended', phase: 'recover', round: 1, durationMs: 1500, verdict: 'ok' },
    ]);
    expect(drill.phaseNow).toBe('recover');
  });

  it.each([
    ['failed', new Error('etcd does not start')],
    ['failed', new DrillEnd('ineffective', 'etcd does not start')],
    ['skipped', new DrillEnd('skipped', 'etcd does not start')],
  ])('ends as %s with the reason, and the error goes on', async (verdict, thrown) => {
    await expect(drill.phase('provision', () => Promise.reject(thrown))).rejects.toBe(thrown);
    expect(events.at(-1)).toMatchObject({
      type: 'phase-ended',
      verdict,
      reason: 'etcd does not start',
    });
  });
});

describe('a wait', () => {
  it('is told when what it sees changes, and every 30 seconds', () => {
    const look = (atMs: number, saw: string) => {
      clock.elapsedMs = atMs;
      drill.waiting('etcd serves', saw, atMs);
    };
    look(0, 'no leader');
    look(100, 'no leader');
    look(200, 'timed out');
    look(300, 'timed out');
    look(30_199, 'timed out');
    look(30_200, 'timed out');
    look(30_300, 'timed out');
    expect(events.map((event) => event.type === 'waiting' && [event.saw, event.waitedMs])).toEqual([
      ['no leader', 0],
      ['timed out', 200],
      ['timed out', 30_200],
    ]);
  });

  it('does not silence another', () => {
    drill.waiting('etcd serves', 'no leader', 0);
    drill.waiting('the API serves', 'no leader', 0);
    drill.waiting('etcd serves', 'no leader', 10);
    expect(events).toHaveLength(2);
  });
});
