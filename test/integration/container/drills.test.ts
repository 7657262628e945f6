import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shippedScenarios } from '../../../harness/runner/scenario-file.ts';
import { endingIn, endingOf } from '../drill-endings.ts';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { inTurn, skipUnlessItIs } from '../turns.ts';

await requireTarget('container');

const TIMEOUT_MS = 20 * 60_000;

const scenarios = (await shippedScenarios())
  .map(({ scenario }) => scenario)
  .filter(({ targets }) => targets.includes('container'));

/** What depends most on what a host is made of: its network, its files' owners, its timers, its death. */
const DAILY = new Set([
  'address-clash',
  'host-rebuild',
  'nightly-backup',
  'partition-minority',
  'quorum-loss',
  'wrong-owner',
]);
const WEEKLY = new Map(
  inTurn(
    scenarios
      .map(({ name }) => name)
      .filter((name) => !DAILY.has(name))
      .sort(),
  ),
);

describe('a shipped drill ends on containers as it does on processes', () => {
  test.for(scenarios)('$name', { timeout: TIMEOUT_MS }, async (scenario, context) => {
    const day = WEEKLY.get(scenario.name);
    if (day !== undefined) skipUnlessItIs(day, context);
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
    expect(endingIn(record), reason).toEqual(endingOf(scenario));
    expect(ended.exitCode).toBe(0);
  });
});
