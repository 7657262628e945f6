import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { environmentError } from '../../support/errors.ts';
import type { Toolchain } from '../../toolchain/toolchain.ts';

/** What an image is built from: a Dockerfile with the files beside it, and tools. */
export interface ImageContext {
  /** Paths in the context → files on this machine. */
  readonly files: ReadonlyMap<string, string>;
  /** Differs when anything in the context does. */
  readonly hash: string;
  /** The programs in it with their versions: of two images that hold the same the newer will do. */
  readonly holds?: string;
}

const HASH_LENGTH = 16;
const ELF = Buffer.from('\x7fELF', 'latin1');

/** The folder of a Dockerfile with a drill's tools in `etcd/` and `kubernetes/` beside it. */
export async function contextOf(folder: string, toolchain: Toolchain): Promise<ImageContext> {
  return { ...(await imageContext(folder, toolsOf(toolchain))), holds: inWords(toolchain) };
}

/**
 * @param folder of the Dockerfile and what it copies.
 * @param tools paths in the context → programs.
 * @param also paths in the context → other files, small ones.
 * @throws DrillError (environment) when a tool is no program for Linux.
 */
export async function imageContext(
  folder: string,
  tools: readonly [string, string][],
  also: readonly [string, string][] = [],
): Promise<ImageContext> {
  const files = new Map<string, string>();
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const ours = entries
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .map((file): [string, string] => [file.slice(folder.length + 1), file]);
  for (const [name, file] of [...ours.toSorted(), ...also]) {
    files.set(name, file);
    hash.update(`${name}\0${await readFile(file, 'utf8')}\0`);
  }
  for (const [name, file] of tools) {
    await mustRunOnLinux(file);
    // Told by size and time like make does: reading 400 MB costs a second of every drill.
    const { size, mtimeMs } = await stat(file);
    files.set(name, file);
    hash.update(`${name}\0${size}\0${mtimeMs}\0`);
  }
  return { files, hash: hash.digest('hex').slice(0, HASH_LENGTH) };
}

function toolsOf({ etcd, kubernetes, dns }: Toolchain): [string, string][] {
  const tools: [string, string | undefined][] = [
    ['etcd/etcd', etcd.etcd],
    ['etcd/etcdctl', etcd.etcdctl],
    ['etcd/etcdutl', etcd.etcdutl],
    ['kubernetes/kube-apiserver', kubernetes?.kubeApiserver],
    ['kubernetes/kube-controller-manager', kubernetes?.kubeControllerManager],
    ['kubernetes/kube-scheduler', kubernetes?.kubeScheduler],
    ['kubernetes/kubectl', kubernetes?.kubectl],
    ['kubernetes/coredns', dns?.coredns],
  ];
  return tools.filter((each): each is [string, string] => each[1] !== undefined);
}

function inWords({ etcd, kubernetes, dns }: Toolchain): string {
  return [
    `etcd ${etcd.version}`,
    kubernetes && `kubernetes ${kubernetes.version}`,
    kubernetes?.kubeScheduler && 'controllers',
    dns && `coredns ${dns.version}`,
  ]
    .filter(Boolean)
    .join(', ');
}

async function mustRunOnLinux(file: string): Promise<void> {
  await using handle = await open(file);
  const { buffer } = await handle.read({ buffer: Buffer.alloc(ELF.length), position: 0 });
  if (buffer.equals(ELF)) return;
  throw environmentError(
    `put ${file} into a container`,
    'it is no program for Linux',
    'give one for Linux: kubedrill run … --tool NAME=PATH',
  );
}

/** Lays the context out in an empty folder; without a copy where the file system allows it. */
export async function layOut(context: ImageContext, folder: string): Promise<void> {
  // A Dockerfile that copies a folder wants it there, also when no tool is in it.
  for (const each of ['etcd', 'kubernetes']) await mkdir(join(folder, each), { recursive: true });
  for (const [name, file] of context.files) {
    const to = join(folder, name);
    await mkdir(dirname(to), { recursive: true });
    await link(file, to).catch(() => copyFile(file, to));
  }
}
