import type { RangeOptions } from '../../etcd/client.ts';
import type { Scenario } from '../../model/scenario.ts';
import { messageOf } from '../../support/errors.ts';
import { done, notYet, until } from '../../support/until.ts';
import { etcdOf } from '../../targets/connections.ts';
import type { PoweredOffHost } from '../../targets/host.ts';
import type { Cluster, MemberAddress } from '../../targets/target.ts';
import type { ChaosScripts } from '../chaos-scripts.ts';
import type { DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import type { Strikes } from '../strikes.ts';

const TIMEOUT_MS = 20_000;
const STATUS_TIMEOUT_MS = 500;
/** Several election timeouts of etcd. */
const BELIEF_TIMEOUT_MS = 5000;
/** Refused at once by a member that knows no leader. */
const READ_NOW: RangeOptions = { countOnly: true, requireLeader: true };
/** Waits for a leader as long as an election that is under way may take. */
const READ_PATIENTLY: RangeOptions = { countOnly: true, timeoutMs: 150 };

/** How one member answers right now: `serves` means a linearizable read, which takes a quorum. */
type Answer = { host: string; state: 'down' | 'leaderless' | 'led' | 'serves' };

/**
 * Proves the damage, then hands the lost hosts over: switched on, with nothing started on them.
 * @throws DrillEnd (ineffective) when the damage does not show, or is gone once the hosts are back.
 */
export async function impact(
  context: DrillContext,
  cluster: Cluster,
  strikes: Strikes,
  chaos: ChaosScripts,
): Promise<void> {
  const expected = context.plan.scenario.impact;
  if (expected !== 'none') await damageShows(context, cluster, strikes);
  await chaos.endLoops();
  await handOver(context, cluster);
  if (expected === 'quorum') await quorumStaysLost(context, cluster);
}

/** A member that was too busy to answer before may believe in its old leader for an election timeout yet. */
async function quorumStaysLost({ signal }: DrillContext, cluster: Cluster): Promise<void> {
  let healed = '';
  const look = async () => {
    const sound = (await askAll(cluster, 'quorum', READ_PATIENTLY)).filter(({ state }) =>
      SOUND.has(state),
    );
    healed = sound.map(inWords).join(', ');
    return healed === '' ? done(true) : notYet(healed);
  };
  try {
    const options = { timeoutMs: BELIEF_TIMEOUT_MS, intervalMs: 100, signal };
    await until('nobody knows a leader', look, options);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw new DrillEnd('ineffective', `quorum came back by itself: ${healed}`);
  }
}

async function damageShows(
  context: DrillContext,
  cluster: Cluster,
  strikes: Strikes,
): Promise<void> {
  const { scenario } = context.plan;
  const description = scenario.impact === 'quorum' ? 'quorum is lost' : 'a member is lost';
  try {
    await until(
      description,
      async () => {
        const answers = await askAll(cluster, scenario.impact, READ_NOW);
        const shows =
          scenario.impact === 'quorum'
            ? quorumIsLost(answers)
            : memberIsLost(answers, strikes.lost);
        return shows ? done(true) : notYet(answers.map(inWords).join(', '));
      },
      { timeoutMs: TIMEOUT_MS, intervalMs: 50, signal: context.signal },
    );
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    throw new DrillEnd('ineffective', `the fault did no damage that shows: ${messageOf(thrown)}`);
  }
}

const SOUND: ReadonlySet<Answer['state']> = new Set(['led', 'serves']);

function quorumIsLost(answers: readonly Answer[]): boolean {
  return answers.every(({ state }) => !SOUND.has(state));
}

function memberIsLost(answers: readonly Answer[], lost: readonly string[]): boolean {
  return answers.some(({ host, state }) => lost.includes(host) && state !== 'serves');
}

const WORDS: Record<Answer['state'], string> = {
  down: 'does not answer',
  leaderless: 'knows no leader',
  led: 'knows a leader',
  serves: 'serves consistent reads',
};

function inWords({ host, state }: Answer): string {
  return `${host} ${WORDS[state]}`;
}

type Impact = Scenario['impact'];

function askAll(cluster: Cluster, impact: Impact, read: RangeOptions): Promise<Answer[]> {
  return Promise.all(cluster.members.map((member) => ask(cluster, member, impact, read)));
}

/** A member that knows a leader is no lost quorum, so that nothing more is asked of it then. */
async function ask(
  cluster: Cluster,
  member: MemberAddress,
  impact: Impact,
  read: RangeOptions,
): Promise<Answer> {
  const { host } = member;
  // Nobody answers there, and not being answered takes as long as one is willing to wait.
  if (cluster.host(host).state === 'powered-off') return { host, state: 'down' };
  const client = etcdOf(cluster, member, STATUS_TIMEOUT_MS);
  try {
    const status = await client.status().catch(() => undefined);
    if (status === undefined) return { host, state: 'down' };
    const led = status.leaderId !== '0';
    if (led && impact === 'quorum') return { host, state: 'led' };
    const state = await client.range('impact', read).then(
      () => 'serves' as const,
      () => (led ? 'led' : 'leaderless') as 'led' | 'leaderless',
    );
    return { host, state };
  } finally {
    client.close();
  }
}

/** From here on the hosts belong to the runbook: it reaches them, and it starts what it wants. */
async function handOver(context: DrillContext, cluster: Cluster): Promise<void> {
  const powerOn = async (host: PoweredOffHost) => {
    cluster.replace(await host.powerOn());
    context.journal.write({
      type: 'service',
      host: host.name,
      unit: 'host',
      action: 'powered on, etcd stopped',
    });
  };
  await Promise.all(
    cluster
      .hosts()
      .filter((host) => host.state === 'powered-off')
      .map(powerOn),
  );
}
