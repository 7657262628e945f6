import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAULTS, type FaultDrill, nameOf, writeScenario } from '../fault-drills.ts';
import { requireTarget } from '../required.ts';
import { inTurn, skipUnlessItIs } from '../turns.ts';
import { drill, eventsIn, workplace } from './kubedrill.ts';

await requireTarget('process');

const TIMEOUT_MS = 5 * 60_000;

describe('a fault strikes, is seen, and nothing is lost once it is healed', {
  concurrent: true,
}, () => {
  for (const [call, day] of inTurn(FAULTS)) {
    test(nameOf(call), { timeout: TIMEOUT_MS }, async (context) => {
      // The drills of ./network-drills.test.ts and ./drills.test.ts strike with them every day.
      if (call.shipped) skipUnlessItIs(day, context);
      await using place = await workplace();
      const out = join(place.directory, 'run');
      const { record } = await drill(place, [
        await writeScenario(place, call, 'process'),
        '--out',
        out,
      ]);
      const reason = record.drills.map((each) => each.reason).join('\n');
      expect(record.verdict, reason).toBe('passed');
      const struck = eventsIn(out).find((event) => event.type === 'fault');
      expect(struck).toMatchObject({
        took: 'effect',
        evidence: expect.stringMatching(call.evidence),
      });
    });
  }
});

test('a fault that does no damage makes the drill ineffective', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const call: FaultDrill = { fault: 'stop-etcd', impact: 'quorum', evidence: /./ };
  const { ended, record } = await drill(place, [await writeScenario(place, call, 'process')]);
  expect(record.verdict).toBe('ineffective');
  expect(ended.exitCode).toBe(4);
});

test('where namespaces are not allowed, a fault of the network is skipped with its reason', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const call: FaultDrill = {
    fault: 'disconnect',
    impact: 'member',
    runbook: 'replace-member',
    evidence: /./,
  };
  const folder = await writeScenario(place, call, 'process');
  const { ended, record } = await drill(place, [folder], { KUBEDRILL_NAMESPACES: 'off' });
  expect(record.drills[0]).toMatchObject({
    verdict: 'skipped',
    reason: expect.stringContaining('disconnect'),
  });
  expect(ended.exitCode).toBe(3);
});
