import { readFile, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Inventory } from '../../objects/inventory.ts';
import { isVolatile } from '../../objects/object-key.ts';
import { environmentError } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { writeWholeFile } from '../../support/whole-file.ts';
import { namespacesForbidden, runInWorld } from '../../targets/process/world.ts';
import type { OnProgress } from '../../toolchain/progress.ts';
import { resolveToolchain } from '../../toolchain/toolchain.ts';
import { type BootPlan, type BootResult, bootResultSchema } from './boot-plan.ts';

export interface BootOptions {
  /** The file itself, not compressed. */
  snapshot: string;
  hasTrailer: boolean;
  inventory: Inventory;
  etcdPrefix: string;
  encryptionConfig: string | null;
  /** Versions; the defaults of the toolchain when undefined. */
  etcd: string | undefined;
  kubernetes: string | undefined;
  onProgress: OnProgress;
}

export interface Booted {
  result: BootResult;
  etcdVersion: string;
  kubernetesVersion: string;
}

/** The restored copy, the etcd's own writes and its write-ahead log of 64 MB. */
const SPACE_FACTOR = 2;
const SPACE_BASE_BYTES = 256 * 1024 ** 2;

/**
 * Restores a snapshot into a temporary folder and starts a real etcd and kube-apiserver on it, in a
 * world without any way out, then lists everything through the API. Nothing in it acts on the data:
 * there are no controllers. Everything is removed afterwards.
 * @throws DrillError (environment) when this machine cannot do it.
 */
export async function bootSnapshot(options: BootOptions): Promise<Booted> {
  await requireNamespaces();
  const { etcd, kubernetes } = await resolveToolchain({
    etcd: options.etcd,
    kubernetes: options.kubernetes,
    controllers: false,
    onProgress: options.onProgress,
  });
  if (kubernetes === undefined) throw environmentError('boot the snapshot', 'no kube-apiserver');
  await using folder = await temporaryFolder(tmpdir(), 'boot');
  const directory = folder.path;
  await requireSpace(options.snapshot, directory);
  const result = await bootInWorld({
    directory,
    snapshot: options.snapshot,
    skipHashCheck: !options.hasTrailer,
    etcd: etcd.etcd,
    etcdutl: etcd.etcdutl,
    kubeApiserver: kubernetes.kubeApiserver,
    etcdPrefix: options.etcdPrefix,
    encryptionConfig: options.encryptionConfig,
    objects: steadyObjects(options.inventory),
  });
  return { result, etcdVersion: etcd.version, kubernetesVersion: kubernetes.version };
}

function steadyObjects({ entries }: Inventory): BootPlan['objects'] {
  return entries
    .filter((entry) => !isVolatile(entry))
    .map(({ group, resource, namespace, name }) => ({ group, resource, namespace, name }));
}

async function requireNamespaces(): Promise<void> {
  const forbidden = await namespacesForbidden();
  if (forbidden === undefined) return;
  throw environmentError(
    'boot the snapshot away from everything else',
    `namespaces are not allowed here (${forbidden})`,
    'kubedrill doctor says how to allow them; without --boot the file alone is judged',
  );
}

async function requireSpace(snapshot: string, directory: string): Promise<void> {
  const { size } = await stat(snapshot);
  const { bavail, bsize } = await statfs(directory);
  const neededBytes = size * SPACE_FACTOR + SPACE_BASE_BYTES;
  if (bavail * bsize >= neededBytes) return;
  throw environmentError(
    `boot the snapshot in ${directory}`,
    `${Math.ceil(neededBytes / 1e6)} MB are needed, ${Math.floor((bavail * bsize) / 1e6)} MB are free`,
    'choose another folder with the variable TMPDIR',
  );
}

async function bootInWorld(plan: BootPlan): Promise<BootResult> {
  const planFile = join(plan.directory, 'plan.json');
  await writeWholeFile(planFile, JSON.stringify(plan), 0o600);
  const inside = fileURLToPath(new URL('./inside.ts', import.meta.url));
  // .ts from the sources, .cjs from a build.
  const program = inside.replace('.ts', extname(fileURLToPath(import.meta.url)));
  const exitCode = await runInWorld([process.execPath, program, planFile]);
  if (exitCode !== 0) {
    throw environmentError('boot the snapshot', `the process inside ended with ${exitCode}`);
  }
  const text = await readFile(join(plan.directory, 'result.json'), 'utf8');
  return bootResultSchema.parse(JSON.parse(text));
}
