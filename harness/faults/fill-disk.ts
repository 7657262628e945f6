import { z } from 'zod';
import { lastLines } from '../exec/run.ts';
import { DrillError } from '../support/errors.ts';
import type { Fault } from './fault.ts';
import { runningHost, sentence } from './host-state.ts';

const parameters = z.strictObject({
  freeBytes: z.int().nonnegative().default(0).describe('Left free on the small disk'),
});

/**
 * Moves the data directory to a small disk of its own and fills that. More than once, because an etcd
 * that meets the full disk gives back what it had reserved for its log.
 */
const FILL = `
systemctl stop etcd
used=$(du -sm "$DATA_DIR" | cut -f1)
mkdir /run/full
cp -a "$DATA_DIR"/. /run/full/
mount -t tmpfs -o size=$((used + 80))m tmpfs "$DATA_DIR"
cp -a /run/full/. "$DATA_DIR"/
rm -rf /run/full
systemctl start etcd
for turn in $(seq 40); do
  dd if=/dev/zero of="$DATA_DIR/filler" bs=64k oflag=append conv=notrunc 2>/dev/null || true
  sleep 0.05
done
truncate -s "-$FREE_BYTES" "$DATA_DIR/filler"
df -B1 --output=avail "$DATA_DIR" | tail -1
`;

export const fillDisk: Fault<z.infer<typeof parameters>> = {
  name: 'fill-disk',
  summary: 'puts the data directory on a small disk and fills it',
  needs: ['disk-quota'],
  parameters,
  inject: async ({ cluster, hosts, parameters: { freeBytes } }) => {
    const left = await Promise.all(
      hosts.map(async (name) => {
        const member = cluster.members.find((each) => each.host === name);
        const finished = await runningHost(cluster, name).shell(FILL, {
          timeoutMs: 60_000,
          env: { DATA_DIR: member?.dataDir ?? '', FREE_BYTES: String(freeBytes) },
        });
        if (finished.exitCode === 0) return Number(finished.stdout.trim());
        throw new DrillError({
          kind: 'environment',
          attempted: `fill the disk of ${name}`,
          happened: finished.problem ?? `exit ${finished.exitCode}`,
          output: lastLines(finished.stderr, 5),
        });
      }),
    );
    return {
      took: left.every((bytes) => bytes <= freeBytes + 65_536) ? 'effect' : 'no-effect',
      evidence: `the disk of ${sentence(hosts, 'is full', 'are full')} (${left.join(', ')} bytes left)`,
      heal: async () => {
        for (const name of hosts) {
          const host = cluster.host(name);
          const member = cluster.members.find((each) => each.host === name);
          if (host.state === 'running' && member) {
            await host.shell('rm -f "$DATA_DIR/filler"', {
              timeoutMs: 10_000,
              env: { DATA_DIR: member.dataDir },
            });
          }
        }
      },
    };
  },
};
