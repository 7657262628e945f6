import { done, until } from '../../support/until.ts';
import type { Engine } from './engine.ts';
import { RUN_LABEL } from './labels.ts';

const RESTART_TIMEOUT_MS = 30_000;

/** How much of a run there was to remove. */
export interface Removed {
  containers: number;
  networks: number;
  volumes: number;
}

/**
 * Removes every container, network and volume of a run, whoever made it and however far it came.
 * What is gone already, or is being removed by somebody else, is no error.
 */
export async function removeRun(engine: Engine, runId: string): Promise<Removed> {
  // A daemon that is being restarted comes back in seconds, and its networks and volumes with it.
  await until('Docker answers', async () => done(await engine.ping()), {
    timeoutMs: RESTART_TIMEOUT_MS,
    intervalMs: 500,
    hint: `when it does: kubedrill clean ${runId}`,
  });
  const filters = { label: [`${RUN_LABEL}=${runId}`] };
  const networks = await engine.listNetworks({ filters });
  // The nodes that kind makes carry no label of ours, but they hang on our network.
  const containers = [
    ...(await engine.listContainers({ all: true, filters })),
    ...(await onNetworks(
      engine,
      networks.map(({ Id }) => Id),
    )),
  ];
  await Promise.all(
    containers.map(({ Id }) => gone(engine.getContainer(Id).remove({ force: true, v: true }))),
  );
  const { Volumes: volumes } = await engine.listVolumes({ filters });
  await Promise.all([
    ...networks.map(({ Id }) => gone(engine.getNetwork(Id).remove())),
    ...volumes.map(({ Name }) => gone(engine.getVolume(Name).remove({ force: true }))),
  ]);
  return {
    containers: new Set(containers.map(({ Id }) => Id)).size,
    networks: networks.length,
    volumes: volumes.length,
  };
}

async function onNetworks(engine: Engine, network: string[]): Promise<{ Id: string }[]> {
  if (network.length === 0) return [];
  return engine.listContainers({ all: true, filters: { network } });
}

async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (thrown) {
    const { statusCode } = thrown as { statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw thrown;
  }
}
