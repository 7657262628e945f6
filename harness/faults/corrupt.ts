import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startService } from '../targets/services.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { dataDirFromOutside, killEtcd, runningHost, sentence } from './host-state.ts';

/** What bbolt takes on this machine. */
const PAGE_BYTES = 4096;

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
        const file = await fileToDamage(dataDirFromOutside(cluster, name), what);
        const sizeBytes = await overwrite(file, ...stretch[what]);
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

async function fileToDamage(
  dataDir: string,
  what: z.infer<typeof parameters>['what'],
): Promise<string> {
  if (what !== 'wal') return join(dataDir, 'member/snap/db');
  const folder = join(dataDir, 'member/wal');
  const [first = ''] = (await readdir(folder)).filter((entry) => entry.endsWith('.wal')).sort();
  return join(folder, first);
}

/** Never longer than the file. @returns how many bytes were overwritten. */
async function overwrite(file: string, offset: number, length: number): Promise<number> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    const sizeBytes = Math.max(0, Math.min(length, size - offset));
    if (sizeBytes > 0) await handle.write(Buffer.alloc(sizeBytes, 0x5a), 0, sizeBytes, offset);
    await handle.sync();
    return sizeBytes;
  } finally {
    await handle.close();
  }
}
