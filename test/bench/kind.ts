import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRunbook } from '../../harness/runbook/library.ts';
import { messageOf } from '../../harness/support/errors.ts';
import { packageRoot } from '../../harness/support/package-root.ts';
import { clusterConfig } from '../../harness/targets/kind/cluster-config.ts';
import { kindTarget } from '../../harness/targets/kind/kind-target.ts';
import { ensureNodeImage } from '../../harness/targets/kind/node-image.ts';
import { resolveProduct } from '../../harness/toolchain/resolve.ts';
import { resolveToolchain } from '../../harness/toolchain/toolchain.ts';
import { sideBySide, timed } from './figures.ts';

const ENTRY = join(packageRoot, 'harness/cli/bin.mjs');
const SUBNET = '10.78.0';
const BLOCKS = {
  backup: 'kubeadm/backup',
  restore: 'kubeadm/restore-single-control-plane',
};

/** Target kind: what a drill takes longer than docker exec of the same blocks on the same cluster, whose boot varies by seconds. */
export async function benchKind(rounds = 5): Promise<void> {
  const problem = await kindTarget({ image: undefined }).unavailable().catch(messageOf);
  if (problem !== undefined) {
    console.log(`\nkind: not measured: ${problem}`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-bench-'));
  try {
    const count = availableParallelism();
    console.log(`\nkind, ${count} processors, seconds, median of ${rounds} (least, most)`);
    await besideBareCluster(folder, rounds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function besideBareCluster(folder: string, rounds: number): Promise<void> {
  const [kind] = await resolveProduct('kind', undefined, { onProgress: () => {} });
  const script = join(packageRoot, 'test/bench/bare-kubeadm.sh');
  const bare: number[] = [];
  const drill: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const work = await workFolder(join(folder, `bare-${round}`));
    const name = `kdb-${process.pid}`;
    bare.push(await timed('bash', [script, kind?.path ?? 'kind', name, work, SUBNET]));
    const out = join(folder, `drill-${round}`);
    drill.push(await timed(process.execPath, [ENTRY, 'run', 'kubeadm-data-loss', '--out', out]));
  }
  sideBySide('kubeadm-data-loss', drill, bare);
}

/** All that the script takes: kind's configuration and the blocks of the runbooks, one file each. */
async function workFolder(folder: string): Promise<string> {
  const backupDir = join(folder, 'backups');
  await mkdir(backupDir, { recursive: true });
  const toolchain = await resolveToolchain();
  const { kubernetes } = toolchain;
  if (kubernetes === undefined) throw new Error('the toolchain has no Kubernetes');
  const image = await ensureNodeImage({ ...toolchain, kubernetes }, { onProgress: () => {} });
  const serviceCidr = '10.96.0.0/16';
  const config = clusterConfig({ controlPlanes: 1, workers: 0, image, serviceCidr, backupDir });
  await writeFile(join(folder, 'kind.json'), config);
  const applyWeb = join(packageRoot, 'harness/targets/kind/rootfs/apply-web');
  await copyFile(applyWeb, join(folder, 'apply-web'));
  for (const [part, name] of Object.entries(BLOCKS)) {
    await mkdir(join(folder, part));
    const { steps } = loadRunbook(name, packageRoot).runbook;
    const scripts = steps.flatMap(({ blocks }) => blocks.map(({ script }) => script));
    for (const [index, text] of scripts.entries())
      await writeFile(join(folder, part, `${String(index).padStart(2, '0')}.sh`), text);
  }
  return folder;
}
