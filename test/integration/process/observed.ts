import { join } from 'node:path';
import type { Observation, ObservationKind } from '../../../harness/model/observation.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import type { Connections } from '../../../harness/targets/connections.ts';
import type { BareCluster } from './bare-cluster.ts';

type Of<K extends ObservationKind> = Extract<Observation, { kind: K }>;

/** The observations of one kind, of one source. */
export function of<K extends ObservationKind>(
  seen: readonly Observation[],
  kind: K,
  source?: string,
) {
  return seen.filter(
    (each): each is Of<K> => each.kind === kind && (source === undefined || each.source === source),
  );
}

/** What could not be seen. */
export const problems = (seen: readonly Observation[]) =>
  seen.filter((each) => each.kind === 'unavailable' || ('error' in each && each.error !== null));

export async function takeSnapshot({ members }: Connections, directory: string): Promise<string> {
  const etcd = members[0]?.etcd;
  const { revision } = (await etcd?.status()) ?? { revision: 0 };
  const file = join(directory, `snapshot-${revision}.db`);
  await etcd?.snapshot(file);
  return file;
}

export async function restoreAll(cluster: BareCluster, snapshot: string, ...flags: string[]) {
  for (const { host } of cluster.members) await cluster.stop('etcd', host);
  for (const { host } of cluster.members) await cluster.restore(host, snapshot, flags);
  await startAll(cluster);
}

export async function startAll(cluster: BareCluster): Promise<void> {
  await Promise.all(cluster.members.map(({ host }) => cluster.start('etcd', host)));
}

export function eventually(what: string, isSo: () => Promise<boolean>): Promise<true> {
  return until(what, async () => ((await isSo()) ? done(true as const) : notYet('not yet')), {
    timeoutMs: 60_000,
    intervalMs: 200,
  });
}
