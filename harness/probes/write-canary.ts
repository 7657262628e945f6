import type { EtcdClient } from '../etcd/client.ts';
import { PLAIN_CANARIES } from '../etcd/keys.ts';
import type { WriteCanary } from '../model/observation.ts';
import { done, notYet, until } from '../support/until.ts';
import { type Looking, type Probe, problemOf, seen, throughEach } from './probe.ts';

/**
 * Whether what is put on one member reaches each of them: health and cluster id do not prove it.
 * Followers are behind by some milliseconds, never by as much as an answer may take.
 */
export const writeCanary: Probe = {
  kind: 'write-canary',
  needs: 'etcd',
  look: (at) =>
    throughEach(at, 'write-canary', at.members, async ({ etcd }, host) => {
      const key = `${PLAIN_CANARIES}put-on-${host}`;
      const value = `${at.clock.nowMs()}`;
      try {
        await etcd.put(key, value);
      } catch (thrown) {
        return [canary(at, host, problemOf(thrown), [])];
      }
      const reads = await Promise.all(
        at.members.map(({ host: member, up, down }) =>
          up === null
            ? { member, found: false, error: down }
            : arrival(at, up.etcd, member, key, value),
        ),
      );
      await etcd.delete(key);
      return [canary(at, host, null, reads)];
    }),
};

function canary(
  at: Looking,
  host: string,
  writeError: string | null,
  reads: WriteCanary['reads'],
): WriteCanary {
  return { kind: 'write-canary', writeError, reads, ...seen(at, host) };
}

async function arrival(
  at: Looking,
  etcd: EtcdClient,
  member: string,
  key: string,
  value: string,
): Promise<WriteCanary['reads'][number]> {
  let error: string | null = null;
  try {
    await until(
      `${key} is on ${member}`,
      async () => {
        const answer = await etcd.range(key, { serializable: true }).catch((thrown: unknown) => {
          error = problemOf(thrown);
          throw thrown;
        });
        error = null;
        const there = Buffer.from(answer.kvs[0]?.value ?? []).toString() === value;
        return there ? done(true) : notYet('not there');
      },
      { timeoutMs: at.answerTimeoutMs, intervalMs: 20, signal: at.signal, clock: at.clock },
    );
    return { member, found: true, error: null };
  } catch {
    return { member, found: false, error };
  }
}
