import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runOrThrow } from '../../harness/exec/run.ts';
import { recordSchema } from '../../harness/model/record.ts';
import { systemClock } from '../../harness/support/clock.ts';
import { messageOf } from '../../harness/support/errors.ts';
import { packageRoot } from '../../harness/support/package-root.ts';
import { containerTarget } from '../../harness/targets/container/container-target.ts';
import { ensureHostImage } from '../../harness/targets/container/host-image.ts';
import { Authority } from '../../harness/targets/pki.ts';
import { resolveToolchain } from '../../harness/toolchain/toolchain.ts';
import { figures, median, sideBySide, timed } from './figures.ts';

const ENTRY = join(packageRoot, 'harness/cli/bin.mjs');
const TIMEOUT_MS = 600_000;

/** Times drills as whole processes beside what they are compared with, in one run. */
export async function benchDrills(rounds = 5): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-bench-'));
  try {
    console.log(
      `\nDrills, ${availableParallelism()} processors, seconds, median of ${rounds} (least, most)`,
    );
    await help(rounds);
    await besideBareScript(folder, rounds);
    await besideBareContainers(folder, rounds);
    await wholeDrill(folder, 'quorum-loss with kube-apiserver', []);
    await large(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function help(rounds: number): Promise<void> {
  const own: number[] = [];
  const node: number[] = [];
  for (let round = 0; round < rounds * 2; round += 1) {
    node.push(await timed(process.execPath, ['-e', '']));
    own.push(await timed(process.execPath, [ENTRY, '--help']));
  }
  console.log(
    `  kubedrill --help      ${figures(own)}; Node alone ${figures(node)}; difference ${(median(own) - median(node)).toFixed(3)}`,
  );
}

async function besideBareScript(folder: string, rounds: number): Promise<void> {
  const { etcd } = await resolveToolchain({ kubernetes: 'none' });
  const loopback = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const pki = await certificates(join(folder, 'pki'), loopback);
  const script = join(packageRoot, 'test/bench/bare-quorum-loss.sh');
  const bare: number[] = [];
  const drill: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const work = join(folder, `bare-${round}`);
    await mkdir(work);
    const unshare = ['--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child'];
    bare.push(await timed('unshare', [...unshare, 'bash', script, work, dirname(etcd.etcd), pki]));
    drill.push(
      await timed(process.execPath, [
        ENTRY,
        'run',
        'quorum-loss',
        '--kubernetes',
        'none',
        '--out',
        join(folder, `drill-${round}`),
      ]),
    );
  }
  sideBySide('quorum-loss, etcd alone', drill, bare);
}

const BARE_SUBNET = '10.79.0';

/** Target container: what a drill takes longer than docker exec of the same commands on the same image. */
async function besideBareContainers(folder: string, rounds: number): Promise<void> {
  const problem = await containerTarget.unavailable().catch(messageOf);
  if (problem !== undefined) {
    console.log(`  container: not measured: ${problem}`);
    return;
  }
  const toolchain = await resolveToolchain({ kubernetes: 'none' });
  const image = await ensureHostImage(toolchain, { onProgress: () => {} });
  const addresses = ['127.0.0.1', ...[1, 2, 3].map((number) => `${BARE_SUBNET}.1${number}`)];
  const pki = await certificates(join(folder, 'container-pki'), addresses);
  const script = join(packageRoot, 'test/bench/bare-containers.sh');
  const drillArgs = ['run', 'quorum-loss', '--kubernetes', 'none', '--target', 'container'];
  const bare: number[] = [];
  const drill: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const name = `kubedrill-bench-${process.pid}`;
    bare.push(await timed('bash', [script, image, name, pki, BARE_SUBNET]));
    const out = join(folder, `container-${round}`);
    drill.push(await timed(process.execPath, [ENTRY, ...drillArgs, '--out', out]));
  }
  sideBySide('quorum-loss on containers', drill, bare);
}

async function wholeDrill(folder: string, what: string, args: string[]): Promise<void> {
  const out = join(folder, what.replaceAll(/\W+/g, '-'));
  const finished = await runOrThrow(
    'run a drill',
    process.execPath,
    [ENTRY, 'run', 'quorum-loss', '--json', '--out', out, ...args],
    { timeoutMs: TIMEOUT_MS },
  );
  const [drill] = recordSchema.parse(JSON.parse(finished.stdout)).drills;
  const phases = drill?.phases.map(
    ({ name, durationMs }) => `${name} ${((durationMs ?? 0) / 1000).toFixed(1)}`,
  );
  console.log(
    `  ${what}: ${(finished.durationMs / 1000).toFixed(1)}, ${drill?.verdict} (${phases?.join(', ')})`,
  );
}

async function large(folder: string): Promise<void> {
  await wholeDrill(folder, 'quorum-loss with 50,000 objects', ['--objects', '50000']);
}

async function certificates(folder: string, addresses: readonly string[]): Promise<string> {
  await mkdir(folder);
  const authority = await Authority.create('bench', systemClock.nowMs());
  const server = await authority.issue({ commonName: 'bench', usage: 'both', addresses });
  await writeFile(join(folder, 'ca.crt'), authority.identity.cert);
  await writeFile(join(folder, 'server.crt'), server.cert);
  await writeFile(join(folder, 'server.key'), server.key, { mode: 0o600 });
  return folder;
}
