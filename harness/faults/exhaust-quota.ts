import { z } from 'zod';
import type { EtcdClient } from '../etcd/client.ts';
import { messageOf } from '../support/errors.ts';
import { done, notYet, until } from '../support/until.ts';
import { startService, stopService } from '../targets/services.ts';
import type { Cluster, MemberAddress } from '../targets/target.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { runningHost } from './host-state.ts';

const parameters = z.strictObject({
  quotaBytes: z
    .int()
    .min(4 << 20)
    .max(256 << 20)
    .default(16 << 20)
    .describe('What --quota-backend-bytes of every member becomes'),
});

const SET_QUOTA = `
sed -i '/^ETCD_QUOTA_BACKEND_BYTES=/d' "$ETCD_ENV_FILE"
echo "ETCD_QUOTA_BACKEND_BYTES=$QUOTA" >>"$ETCD_ENV_FILE"
`;

/** One key, written over and over: what fills the database are its old revisions. */
const KEY = 'kubedrill-exhaust-quota';
const VALUE_BYTES = 1 << 20;
const WAIT_MS = 30_000;

/** Gives every member a small quota and fills it, as a controller that updates without end does. */
export const exhaustQuota: Fault<z.infer<typeof parameters>> = {
  name: 'exhaust-quota',
  summary: 'gives every member a small quota and fills it with old revisions',
  needs: [],
  parameters,
  inject: async ({ cluster, parameters: { quotaBytes } }) => {
    for (const member of cluster.members) await restartWithQuota(cluster, member, quotaBytes);
    const [first] = cluster.members;
    if (first === undefined) throw new Error('a cluster without members');
    const client = await clientOf(cluster, first);
    try {
      const refusal = await fill(client, 2 * Math.ceil(quotaBytes / VALUE_BYTES));
      await client.delete(KEY);
      const raised = (await client.alarms()).filter(({ alarm }) => alarm === 'nospace');
      return {
        took: raised.length > 0 && refusal !== undefined ? 'effect' : 'no-effect',
        evidence: `${raised.length} NOSPACE alarms at a quota of ${quotaBytes} bytes: ${refusal ?? 'writes go on'}`,
        heal: nothingToHeal,
      };
    } finally {
      client.close();
    }
  },
};

/** One member after the other, so that the quorum is kept. */
async function restartWithQuota(
  cluster: Cluster,
  member: MemberAddress,
  quotaBytes: number,
): Promise<void> {
  const host = runningHost(cluster, member.host);
  await host.shell(SET_QUOTA, {
    timeoutMs: 10_000,
    env: { ...cluster.variablesOf(member.host), QUOTA: String(quotaBytes) },
  });
  await stopService(host, 'etcd');
  await startService(host, 'etcd');
  const client = await clientOf(cluster, member);
  try {
    await until(
      `etcd on ${member.host} serves again`,
      async () => {
        await client.range(KEY, { countOnly: true, timeoutMs: 1000 });
        return done(undefined);
      },
      { timeoutMs: WAIT_MS, intervalMs: 100 },
    );
  } finally {
    client.close();
  }
}

/** @returns how etcd refused at last; undefined when it never did. */
async function fill(client: EtcdClient, writesMax: number): Promise<string | undefined> {
  const value = Buffer.alloc(VALUE_BYTES, 'x');
  for (let write = 0; write < writesMax; write += 1) {
    const refusal = await client.put(KEY, value).then(
      () => undefined,
      (thrown: unknown) => messageOf(thrown),
    );
    if (refusal?.includes('space exceeded')) return refusal;
  }
  // The alarm itself goes through the log: the refusal comes a moment later.
  return until(
    'etcd refuses writes',
    async () =>
      client.put(KEY, 'x').then(
        () => notYet('it took another one'),
        (thrown: unknown) => done(messageOf(thrown)),
      ),
    { timeoutMs: 5000, intervalMs: 100 },
  ).catch(() => undefined);
}

/** Loaded only when it strikes: every command that knows the names of faults loads this file. */
async function clientOf(cluster: Cluster, member: MemberAddress): Promise<EtcdClient> {
  const { etcdOf } = await import('../targets/connections.ts');
  return etcdOf(cluster, member);
}
