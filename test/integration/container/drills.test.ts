import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Scenario } from '../../../harness/model/scenario.ts';
import { shippedScenarios } from '../../../harness/runner/scenario-file.ts';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';

await requireTarget('container');

const TIMEOUT_MS = 20 * 60_000;

const scenarios = (await shippedScenarios())
  .map(({ scenario }) => scenario)
  .filter(({ targets }) => targets.includes('container'));

/** What a scenario says of itself, whatever the target: its findings are part of the verdict. */
function verdictOf({ recovery }: Scenario): 'passed' | 'reproduced' {
  return recovery.some(({ expect: expected }) => expected) ? 'reproduced' : 'passed';
}

describe('a shipped drill ends on containers as it does on processes', () => {
  test.each(scenarios)('$name', { timeout: TIMEOUT_MS }, async (scenario) => {
    await using place = await workplace();
    const out = join(place.directory, 'run');
    const { name, topology } = scenario;
    // What most drills are about is the same without API servers, and three times as quick.
    const whole = topology.needsApiServers || name === 'quorum-loss';
    const { ended, record } = await drill(place, [
      ...[name, '--target', 'container', '--out', out],
      ...(whole ? [] : ['--kubernetes', 'none']),
    ]);
    const [{ verdict, reason } = { verdict: 'none', reason: '' }] = record.drills;
    // What the kernel cannot do is told before anything starts.
    if (verdict === 'skipped') {
      expect(reason).toMatch(/^target container cannot do it here: fault \S+ needs \S+ \(/);
      return;
    }
    expect({ verdict, exitCode: ended.exitCode }, reason).toEqual({
      verdict: verdictOf(scenario),
      exitCode: 0,
    });
  });
});
