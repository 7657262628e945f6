import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CleanupStack } from '../../../harness/support/cleanup.ts';
import { systemClock } from '../../../harness/support/clock.ts';
import { newRunId } from '../../../harness/support/ids.ts';
import { kindTarget } from '../../../harness/targets/kind/kind-target.ts';
import { requireRunning } from '../../../harness/targets/services.ts';
import type { Cluster } from '../../../harness/targets/target.ts';
import { resolveToolchain } from '../../../harness/toolchain/toolchain.ts';

const COMMAND_MS = 30_000;

/** A kubeadm cluster of one control plane and one worker, without a drill. */
export interface LiveCluster {
  cluster: Cluster;
  controlPlane: string;
  worker: string;
  /** What a script on a host prints. @throws Error when it fails. */
  on(host: string, script: string, input?: string): Promise<string>;
  /** `kubectl apply` */
  apply(object: unknown): Promise<void>;
  /** @returns what is left of it. */
  end(): Promise<unknown[]>;
}

export async function startLiveCluster(): Promise<LiveCluster> {
  const cleanup = new CleanupStack();
  const directory = await mkdtemp(join(tmpdir(), 'kubedrill-kind-'));
  cleanup.register('folder', () => rm(directory, { recursive: true, force: true }));
  try {
    const cluster = await provision(directory, cleanup);
    return { ...handle(cluster), end: () => cleanup.unwind() };
  } catch (thrown) {
    await cleanup.unwind();
    throw thrown;
  }
}

async function provision(directory: string, cleanup: CleanupStack): Promise<Cluster> {
  return kindTarget({ image: undefined }).provision(
    {
      hostNames: ['etcd-1'],
      controlPlanes: 1,
      workers: 1,
      controllers: true,
      dns: false,
      tls: true,
      etcdUser: 'root',
      serviceCidr: '10.96.0.0/16',
      dataDir: '/var/lib/etcd',
      envFile: '/etc/etcd.env',
    },
    {
      runId: newRunId(systemClock.nowMs()),
      directory,
      toolchain: await resolveToolchain(),
      cleanup,
      signal: new AbortController().signal,
      onService: () => undefined,
      onWait: () => undefined,
      onServing: () => undefined,
      onBroken: () => undefined,
    },
  );
}

export function handle(cluster: Cluster): Omit<LiveCluster, 'end'> {
  const controlPlane = cluster.members[0]?.host ?? '';
  const worker = cluster.hosts().find(({ name }) => name !== controlPlane)?.name ?? '';
  const on: LiveCluster['on'] = async (host, script, input) => {
    const { exitCode, stdout, stderr } = await requireRunning(cluster.host(host)).shell(script, {
      timeoutMs: COMMAND_MS,
      env: cluster.variablesOf(host),
      ...(input !== undefined && { input }),
    });
    if (exitCode !== 0) throw new Error(`${script} on ${host}: ${stderr}`);
    return stdout.trim();
  };
  const apply = async (object: unknown) => {
    await on(controlPlane, 'kubectl apply --filename -', JSON.stringify(object));
  };
  return { cluster, controlPlane, worker, on, apply };
}
