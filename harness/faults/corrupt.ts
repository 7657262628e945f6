import { z } from 'zod';
import { describeEnding, lastLines } from '../exec/run.ts';
import { DrillError } from '../support/errors.ts';
import { startService } from '../targets/services.ts';
import type { Cluster } from '../targets/target.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { dataDirOf, killEtcd, runningHost, sentence } from './host-state.ts';

/** What bbolt takes on this machine. */
const PAGE_BYTES = 4096;

/** Overwrites a stretch of the first of `$FILES`, which never gets longer. Prints how many bytes it was. */
const OVERWRITE = `
files=("$DATA_DIR"/$FILES)
size=$(($(stat --format=%s "\${files[0]}") - OFFSET))
if [ "$size" -gt "$LENGTH" ]; then size=$LENGTH; fi
if [ "$size" -lt 0 ]; then size=0; fi
head -c "$size" /dev/zero | tr '\\0' Z |
  dd of="\${files[0]}" bs=64k seek="$OFFSET" oflag=seek_bytes conv=notrunc,fsync status=none
echo "$size"
`;

const parameters = z.strictObject({
  what: z
    .enum(['db', 'meta', 'page', 'wal'])
    .default('db')
    .describe(
      'A stretch of the database or of the log; both meta pages of the database; one page of it',
    ),
  offset: z.int().nonnegative().default(16_384),
  length: z
    .int()
    .positive()
    .max(1 << 20)
    .default(4096),
});

/** Overwrites part of a member's data while etcd is down, then starts etcd on it. */
export const corrupt: Fault<z.infer<typeof parameters>> = {
  name: 'corrupt',
  summary: 'overwrites part of the database or the write-ahead log of members',
  needs: ['files'],
  parameters,
  // Some damage shows only when the damaged page is read.
  draw: {
    silences: false,
    parameters: (random) => ({ what: random.pick(['db', 'meta', 'page', 'wal']) }),
  },
  inject: async ({ cluster, hosts, parameters: { what, offset, length } }) => {
    const stretch: Record<typeof what, [offset: number, length: number]> = {
      db: [offset, length],
      wal: [offset, length],
      page: [offset, PAGE_BYTES],
      meta: [0, 2 * PAGE_BYTES],
    };
    const written = await Promise.all(
      hosts.map(async (name) => {
        await killEtcd(cluster, name);
        const sizeBytes = await overwrite(cluster, name, what, ...stretch[what]);
        await startService(runningHost(cluster, name), 'etcd');
        return sizeBytes;
      }),
    );
    return {
      took: written.every((sizeBytes) => sizeBytes > 0) ? 'effect' : 'no-effect',
      evidence: `${what} of ${sentence(hosts, 'was', 'were')} overwritten, ${written.join(', ')} bytes at ${stretch[what][0]}`,
      heal: nothingToHeal,
    };
  },
};

async function overwrite(
  cluster: Cluster,
  name: string,
  what: z.infer<typeof parameters>['what'],
  offset: number,
  length: number,
): Promise<number> {
  const finished = await runningHost(cluster, name).shell(OVERWRITE, {
    timeoutMs: 30_000,
    env: {
      DATA_DIR: dataDirOf(cluster, name),
      FILES: what === 'wal' ? 'member/wal/*.wal' : 'member/snap/db',
      OFFSET: String(offset),
      LENGTH: String(length),
    },
  });
  if (finished.exitCode === 0) return Number(finished.stdout.trim());
  throw new DrillError({
    kind: 'environment',
    attempted: `overwrite the ${what} of ${name}`,
    happened: describeEnding(finished),
    output: lastLines(finished.stderr, 5),
  });
}
