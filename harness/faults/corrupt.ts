import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startService } from '../targets/services.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { dataDirFromOutside, runningHost, sentence } from './host-state.ts';

const parameters = z.strictObject({
  what: z
    .enum(['db', 'wal', 'page'])
    .default('db')
    .describe('Every byte of a stretch of the file, or one whole page'),
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
    const written = await Promise.all(
      hosts.map(async (name) => {
        const host = runningHost(cluster, name);
        await host.shell('systemctl kill etcd; systemctl stop etcd', { timeoutMs: 30_000 });
        const file = await fileToDamage(dataDirFromOutside(cluster, name), what);
        const sizeBytes = await overwrite(file, offset, what === 'page' ? 4096 : length);
        await startService(host, 'etcd');
        return sizeBytes;
      }),
    );
    return {
      took: written.every((sizeBytes) => sizeBytes > 0) ? 'effect' : 'no-effect',
      evidence: `${what} of ${sentence(hosts, 'was', 'were')} overwritten, ${written.join(', ')} bytes at ${offset}`,
      heal: nothingToHeal,
    };
  },
};

async function fileToDamage(dataDir: string, what: 'db' | 'wal' | 'page'): Promise<string> {
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
