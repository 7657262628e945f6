import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readInventory } from '../etcd/inventory.ts';
import { PHASES, type Phase } from '../model/phase.ts';
import { baselineOf } from '../objects/baseline.ts';
import { quoted } from '../runbook/shell-session.ts';
import { messageOf } from '../support/errors.ts';
import { done, notYet, until } from '../support/until.ts';
import { writeWholeFile } from '../support/whole-file.ts';
import { etcdOf } from '../targets/connections.ts';
import type { ClientCredentials, Cluster } from '../targets/target.ts';
import type { DrillContext } from './drill-context.ts';
import type { Lookout } from './lookout.ts';

const LONGEST_PAUSE_MS = 24 * 3600_000;
/** Several of the longest pauses. */
const POD_TOKEN_LASTS_S = 7 * 24 * 3600;
const BEFORE = 'before-the-fault.baseline.json';
const POD_TOKEN = 'before-the-fault.pod-token';

/** Keeps the cluster up for a look when this is the phase to pause after. */
export async function pauseIfAsked(
  context: DrillContext,
  cluster: Cluster,
  phase: Phase,
): Promise<void> {
  const { journal, plan, directory, signal, clock } = context;
  if (plan.scenario.pauseAfter !== phase) return;
  const goOn = join(directory, 'continue');
  const rounds = plan.recovery.length;
  const which = journal.round > 0 && rounds > 1 ? ` of round ${journal.round} of ${rounds}` : '';
  const members = cluster.members.map((member) => `${member.host} ${member.clientUrl}`);
  const servers = cluster.apiServers.map((server) => `${server.host} ${server.url}`);
  journal.note(
    'info',
    [
      `paused after ${phase}${which}; the cluster is up. To go on: touch ${goOn}`,
      ...(cluster.waysIn ?? [...howToEnter(), `hosts' files: ${join(directory, 'hosts')}`]),
      `etcd: ${members.join(', ')}`,
      ...(servers.length > 0 ? [`API servers: ${servers.join(', ')}`] : []),
      ...(await howToDiagnose(directory, cluster)),
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
  // It was said of this pause only: the next round pauses anew.
  await rm(goOn, { force: true });
}

/**
 * When there will be a pause after the fault: what etcd holds before it, as a user who had written
 * a baseline would have it then.
 */
export async function keepBaselineForPause(context: DrillContext, cluster: Cluster): Promise<void> {
  const { plan, directory, clock, journal } = context;
  const [member] = cluster.members;
  if (member === undefined || !pausesAfterFault(context, cluster)) return;
  const etcdPrefix = plan.snapshot?.etcdPrefix ?? '/registry';
  const client = etcdOf(cluster, member);
  try {
    const takenAt = new Date(clock.nowMs()).toISOString();
    const provenance = { takenAt, source: member.clientUrl, sourceSha256: null, etcdPrefix };
    const baseline = baselineOf(await readInventory(client, etcdPrefix), provenance);
    await writeWholeFile(join(directory, BEFORE), `${JSON.stringify(baseline, null, 1)}\n`);
  } catch (thrown) {
    // A chaos script may have struck it; the drill itself does not need it.
    journal.note('warning', `diagnose will have to do without a baseline: ${messageOf(thrown)}`);
  } finally {
    client.close();
  }
}

/** Likewise a token, as a pod of that time would still hold it: a secret, and gone with the drill. */
export async function keepPodTokenForPause(
  context: DrillContext,
  cluster: Cluster,
  lookout: Lookout,
): Promise<void> {
  if (!pausesAfterFault(context, cluster)) return;
  const { directory, cleanup, journal } = context;
  const file = join(directory, POD_TOKEN);
  cleanup.register('token for diagnose', () => rm(file, { force: true }));
  try {
    const token = await lookout.tokenOfSentinel(POD_TOKEN_LASTS_S);
    if (token !== undefined) await writeWholeFile(file, `${token}\n`, 0o600);
  } catch (thrown) {
    journal.note('warning', `diagnose will have to do without a pod's token: ${messageOf(thrown)}`);
  }
}

function pausesAfterFault({ plan }: DrillContext, cluster: Cluster): boolean {
  const { pauseAfter } = plan.scenario;
  if (pauseAfter === undefined || cluster.apiServers.length === 0) return false;
  return PHASES.indexOf(pauseAfter) >= PHASES.indexOf('inject');
}

/** From another terminal of the same machine, into the network and the processes of the drill. */
function howToEnter(): string[] {
  const enter = entrance();
  return enter === '' ? [] : [`to enter its network: ${enter}bash`];
}

/** The start of a command there; '' where the drill has no network of its own. */
function entrance(): string {
  const { KUBEDRILL_WORLD_OF: outer } = process.env;
  if (outer === undefined) return '';
  const first = `$(cat /proc/${outer}/task/${outer}/children | cut -d' ' -f1)`;
  const drill = `$(cat /proc/${first}/task/${first}/children | cut -d' ' -f1)`;
  return `nsenter --preserve-credentials -U -m -n -p -t ${drill} `;
}

/** The whole command that looks at the paused cluster as at a user's own. */
async function howToDiagnose(directory: string, cluster: Cluster): Promise<string[]> {
  const { apiServers, members, kubeCredentials, etcdCredentials } = cluster;
  const [first] = apiServers;
  if (first === undefined || kubeCredentials === undefined) return [];
  const file = join(directory, 'admin.conf');
  await writeWholeFile(file, kubeconfigOf(first.url, kubeCredentials), 0o600);
  const before = join(directory, BEFORE);
  const podToken = join(directory, POD_TOKEN);
  const words = [
    process.execPath,
    process.argv[1] ?? 'kubedrill',
    'diagnose',
    ...['--kubeconfig', file],
    ...apiServers.flatMap(({ url }) => ['--server', url]),
    ...(cluster.nodes === undefined ? [] : ['--kubelets', '--kube-proxy']),
    '--bootstrap-tokens',
    ...(existsSync(before) ? ['--baseline', before] : []),
    ...(existsSync(podToken) ? ['--pod-token', podToken] : []),
    ...['--etcd', members.map(({ clientUrl }) => clientUrl).join(',')],
    ...Object.entries(etcdCredentials ?? {}).flatMap(([name, path]) => [
      name === 'ca' ? '--cacert' : `--${name}`,
      path,
    ]),
  ];
  return [`to diagnose it: ${entrance()}${words.map(quoted).join(' ')}`];
}

/** Names the files of the run, and holds no secret. JSON is YAML, too. */
function kubeconfigOf(server: string, { ca, cert, key }: ClientCredentials): string {
  const name = 'kubedrill';
  const user = { 'client-certificate': cert, 'client-key': key };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority': ca } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
