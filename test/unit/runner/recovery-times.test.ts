import { expect, test } from 'vitest';
import type { Outage } from '../../../harness/model/event.ts';
import type { Availability } from '../../../harness/runner/availability/availability.ts';
import type { DrillJournal } from '../../../harness/runner/drill-journal.ts';
import { RecoveryTimes } from '../../../harness/runner/recovery-times.ts';

/** Times of a drill whose fault strikes 100 ms after the probes began, and how it goes on. */
function recovery(outages: Outage[] = []) {
  const wanted: number[] = [];
  const at = { nowMs: 100 };
  const availability = {
    nowMs: () => at.nowMs,
    mark: () => undefined,
    servedAtMs: (probe: string) => (probe === 'etcd' ? 2100 : undefined),
    outagesOfWholes: () => outages,
    wantNewPod: () => wanted.push(at.nowMs),
  } as unknown as Availability;
  const journal = { write: () => undefined } as unknown as DrillJournal;
  const times = new RecoveryTimes(availability, journal);
  times.start();
  return { times, at, wanted };
}

test('milestones are counted from the fault, and those that were not reached are left out', () => {
  const { times, at } = recovery();
  at.nowMs = 5100;
  times.restored(true);
  at.nowMs = 9100;
  expect(times.sinceFaultMs()).toBe(9000);
  expect(times.settled()).toEqual({
    totalMs: 9000,
    restoredMs: 5000,
    etcdServingMs: 2000,
    settledMs: 9000,
  });
});

test('outages of services that may have a budget are counted from the fault, too', () => {
  const { times } = recovery([
    { probe: 'etcd', startMs: 50, endMs: 2100 },
    { probe: 'api', startMs: 300.4, endMs: 4100, lasting: true },
    { probe: 'new pod', startMs: 5100, endMs: 7100 },
  ]);
  expect(times.outages()).toEqual([
    { service: 'etcd', startMs: 0, endMs: 2000 },
    { service: 'api', startMs: 200, endMs: 4000 },
  ]);
});

test('a new pod is wanted after a cure, and not after a mistake that is shown', () => {
  const { times, at, wanted } = recovery();
  at.nowMs = 1000;
  times.restored(false);
  at.nowMs = 2000;
  times.restored(true);
  expect(wanted).toEqual([2000]);
});
