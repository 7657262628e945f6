import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runOrThrow } from '../../../harness/exec/run.ts';
import type { JournalEvent } from '../../../harness/model/event.ts';
import { PHASES } from '../../../harness/model/phase.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { requireTarget } from '../required.ts';
import { processesOf, untilEvent, workplace } from './kubedrill.ts';

await requireTarget('process');

const KILLED_IN = PHASES.filter((phase) => phase !== 'preflight');
/** The end of a small drill takes less time than a busy machine may need to see that it has begun. */
const SHORT: readonly string[] = ['evidence', 'teardown'];
const WORLDS = [
  { world: 'namespaces', env: {} },
  { world: 'the fallback without namespaces', env: { KUBEDRILL_NAMESPACES: 'off' } },
];

/** Leaves on a host what takes its time to be removed. */
async function litter(run: string): Promise<void> {
  const hasBegun = (event: JournalEvent) =>
    event.type === 'phase-started' && event.phase === 'populate';
  await untilEvent(run, 'the hosts are there', hasBegun);
  const script = 'mkdir -p "$1"; cd "$1"; seq 30000 | xargs touch';
  const folder = join(run, '01-quorum-loss/hosts/etcd-1/files/opt/litter');
  await runOrThrow('litter', 'bash', ['-euc', script, '-', folder], { timeoutMs: 60_000 });
}

describe.each(WORLDS)('a harness that is killed in $world', ({ env }) => {
  test.each(KILLED_IN)(
    'in phase %s leaves no process, and after clean no folder',
    async (phase) => {
      await using place = await workplace();
      const run = join(place.directory, 'run');
      const child = place.start(['run', 'quorum-loss', '--kubernetes', 'none', '--out', run], env);
      const outerPid = child.pid ?? 0;
      if (SHORT.includes(phase)) await litter(run);
      await untilEvent(
        run,
        `phase ${phase} has begun`,
        (event) => event.type === 'phase-started' && event.phase === phase,
      );
      child.kill('SIGKILL');
      await once(child, 'close');

      await until(
        'no process of the run is left',
        () => {
          const left = processesOf(run, outerPid);
          return left.length === 0 ? done(true) : notYet(left.join('\n'));
        },
        { timeoutMs: 15_000 },
      );
      const cleaned = await place.kubedrill(['clean', '--json']);
      expect(cleaned.exitCode, cleaned.stderr).toBe(0);
      expect(JSON.parse(cleaned.stdout).removed).toHaveLength(1);
      expect(existsSync(run)).toBe(false);
    },
    120_000,
  );
});
