import { EtcdClient } from '../../etcd/client.ts';
import { messageOf } from '../../support/errors.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { Cluster, MemberAddress } from '../../targets/target.ts';
import type { DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import type { Injected } from './inject.ts';

const TIMEOUT_MS = 20_000;
const READ_TIMEOUT_MS = 500;

/** How one member answers right now. */
interface Answer {
  host: string;
  /** It answers at all. */
  up: boolean;
  /** It knows a leader. */
  led: boolean;
  /** It served a linearizable read, which takes a quorum. */
  agrees: boolean;
}

/**
 * Proves the damage, then hands the lost hosts over: switched on, with nothing started on them.
 * @throws DrillEnd (ineffective) when the damage does not show, or is gone once the hosts are back.
 */
export async function impact(
  context: DrillContext,
  cluster: Cluster,
  injected: Injected,
): Promise<void> {
  const expected = context.plan.scenario.impact;
  if (expected !== 'none') await damageShows(context, cluster, injected);
  await handOver(context, cluster);
  if (expected === 'quorum') {
    const [healed] = (await askAll(cluster)).filter((answer) => answer.agrees);
    if (healed) {
      throw new DrillEnd(
        'ineffective',
        `quorum came back by itself: ${healed.host} serves consistent reads`,
      );
    }
  }
}

async function damageShows(
  context: DrillContext,
  cluster: Cluster,
  injected: Injected,
): Promise<void> {
  const { scenario } = context.plan;
  const description = scenario.impact === 'quorum' ? 'quorum is lost' : 'a member is lost';
  try {
    await until(
      description,
      async () => {
        const answers = await askAll(cluster);
        const shows =
          scenario.impact === 'quorum'
            ? quorumIsLost(answers)
            : memberIsLost(answers, injected.lost);
        return shows ? done(true) : notYet(answers.map(inWords).join(', '));
      },
      { timeoutMs: TIMEOUT_MS, intervalMs: 100, signal: context.signal },
    );
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    throw new DrillEnd('ineffective', `the fault did no damage that shows: ${messageOf(thrown)}`);
  }
}

function quorumIsLost(answers: readonly Answer[]): boolean {
  return answers.every((answer) => !answer.agrees && !answer.led);
}

function memberIsLost(answers: readonly Answer[], lost: readonly string[]): boolean {
  return answers.some((answer) => lost.includes(answer.host) && !answer.agrees);
}

function inWords({ host, up, led, agrees }: Answer): string {
  if (agrees) return `${host} serves consistent reads`;
  if (!up) return `${host} does not answer`;
  return led ? `${host} knows a leader` : `${host} knows no leader`;
}

function askAll(cluster: Cluster): Promise<Answer[]> {
  return Promise.all(cluster.members.map((member) => ask(cluster, member)));
}

async function ask(cluster: Cluster, member: MemberAddress): Promise<Answer> {
  const client = new EtcdClient({
    url: member.clientUrl,
    credentials: cluster.etcdCredentials,
    timeoutMs: READ_TIMEOUT_MS,
  });
  try {
    const status = await client.status().catch(() => undefined);
    const led = status !== undefined && status.leaderId !== '0';
    const agrees = await client.range('impact', { countOnly: true }).then(
      () => true,
      () => false,
    );
    return { host: member.host, up: status !== undefined, led, agrees };
  } finally {
    client.close();
  }
}

/** From here on the hosts belong to the runbook: it reaches them, and it starts what it wants. */
async function handOver(context: DrillContext, cluster: Cluster): Promise<void> {
  for (const host of cluster.hosts()) {
    if (host.state !== 'powered-off') continue;
    cluster.replace(await host.powerOn());
    context.journal.write({
      type: 'service',
      host: host.name,
      unit: 'host',
      action: 'powered on, etcd stopped',
    });
  }
}
