import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Phase } from '../model/phase.ts';
import { done, notYet, until } from '../support/until.ts';
import type { Cluster } from '../targets/target.ts';
import type { DrillContext } from './drill-context.ts';

const LONGEST_PAUSE_MS = 24 * 3600_000;

/** Keeps the cluster up for a look when this is the phase to pause after. */
export async function pauseIfAsked(
  context: DrillContext,
  cluster: Cluster,
  phase: Phase,
): Promise<void> {
  const { journal, plan, directory, signal, clock } = context;
  if (plan.scenario.pauseAfter !== phase) return;
  const goOn = join(directory, 'continue');
  const members = cluster.members.map((member) => `${member.host} ${member.clientUrl}`);
  const servers = cluster.apiServers.map((server) => `${server.host} ${server.url}`);
  journal.note(
    'info',
    [
      `paused after ${phase}; the cluster is up. To go on: touch ${goOn}`,
      ...(cluster.waysIn ?? [...howToEnter(), `hosts' files: ${join(directory, 'hosts')}`]),
      `etcd: ${members.join(', ')}`,
      ...(servers.length > 0 ? [`API servers: ${servers.join(', ')}`] : []),
    ].join('\n'),
  );
  await until(
    `somebody says to go on: touch ${goOn}`,
    () => (existsSync(goOn) ? done(true) : notYet('paused')),
    {
      timeoutMs: LONGEST_PAUSE_MS,
      intervalMs: 200,
      signal,
      clock,
      onLook: (saw, ms) => journal.waiting('pause', saw, ms),
    },
  );
}

/** From another terminal of the same machine, into the network and the processes of the drill. */
function howToEnter(): string[] {
  const { KUBEDRILL_WORLD_OF: outer } = process.env;
  if (outer === undefined) return [];
  const first = `$(cat /proc/${outer}/task/${outer}/children | cut -d' ' -f1)`;
  const drill = `$(cat /proc/${first}/task/${first}/children | cut -d' ' -f1)`;
  return [`to enter its network: nsenter --preserve-credentials -U -m -n -p -t ${drill} bash`];
}
