import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../../../harness/checks/index.ts';
import { finding } from '../../../../harness/model/finding.ts';
import type { DrillContext } from '../../../../harness/runner/drill-context.ts';
import type { Lookout } from '../../../../harness/runner/lookout.ts';
import { symptoms } from '../../../../harness/runner/phases/symptoms.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { somePlan } from '../some-plan.ts';

/** Plays the phase on what each look finds; the last one counts for all that follow. */
async function played(expected: object | undefined, looks: string[][]) {
  const events: { type: string; phase?: string; missing?: string[]; unexpected?: string[] }[] = [];
  const seen: string[] = [];
  const lookout = {
    look: async (phase: string) => {
      const codes = looks[Math.min(seen.push(phase), looks.length) - 1] ?? [];
      const findings = codes.map((code) =>
        finding({ code, severity: 'error', message: code, where: 'etcd-1', cure: 'none' }),
      );
      const verdict = codes.length > 0 ? 'fail' : 'pass';
      return { examined: [{ check: CHECKS[0], examination: { verdict, reason: null, findings } }] };
    },
  } as unknown as Lookout;
  const context = {
    plan: somePlan(expected === undefined ? {} : { symptoms: expected }),
    journal: {
      round: 0,
      phaseNow: 'impact',
      write: (event: (typeof events)[number]) => void events.push(event),
      waiting: () => undefined,
    },
    signal: new AbortController().signal,
    clock: new FakeClock(),
  } as unknown as DrillContext;
  const ended = await symptoms(context, lookout).then(
    () => 'found',
    (thrown: Error & { verdict?: string }) => `${thrown.verdict}: ${thrown.message}`,
  );
  return { ended, seen, events };
}

const PARTITION = { findings: ['partition-minority'], mayAlso: ['no-leader'] };

describe('while the fault lasts', () => {
  it('nobody looks where the scenario expects nothing to be found', async () => {
    expect(await played(undefined, [['no-leader']])).toEqual({
      ended: 'found',
      seen: [],
      events: [],
    });
  });

  it('the checks look until they name what is wrong, and it is written down once', async () => {
    const looks = [[], ['no-leader'], ['no-leader', 'partition-minority']];
    const { ended, seen, events } = await played(PARTITION, looks);
    expect(ended).toBe('found');
    expect(seen).toEqual(['impact', 'impact', 'impact']);
    expect(events.map(({ type }) => type)).toEqual(['check', 'expectation']);
    expect(events[1]).toMatchObject({ missing: [], unexpected: [], round: 0 });
  });

  it('a cause that is never named fails the drill', async () => {
    const { ended, events } = await played(PARTITION, [['no-leader']]);
    expect(ended).toBe(
      'failed: while the fault lasted partition-minority was expected and not found',
    );
    expect(events.at(-1)).toMatchObject({ missing: ['partition-minority'] });
  });

  it('so does another cause that is named beside it', async () => {
    const { ended } = await played(PARTITION, [['partition-minority', 'split-brain']]);
    expect(ended).toBe('failed: while the fault lasted split-brain was found and not expected');
  });
});
