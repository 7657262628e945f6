import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAULTS, nameOf, writeScenario } from '../fault-drills.ts';
import { drill, eventsIn, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { inTurn, skipUnlessItIs } from '../turns.ts';

await requireTarget('container');

const TIMEOUT_MS = 5 * 60_000;

describe('a fault of containers strikes, is seen, and nothing is lost once it is healed', () => {
  for (const [call, day] of inTurn(FAULTS.filter(({ shipped }) => !shipped))) {
    test(nameOf(call), { timeout: TIMEOUT_MS }, async (context) => {
      skipUnlessItIs(day, context);
      await using place = await workplace();
      const out = join(place.directory, 'run');
      const folder = await writeScenario(place, call, 'container');
      const { record } = await drill(place, [folder, '--out', out]);
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
