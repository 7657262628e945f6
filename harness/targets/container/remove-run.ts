import type { ContainerInfo } from 'dockerode';
import { done, notYet, until } from '../../support/until.ts';
import type { Engine } from './engine.ts';
import { RUN_LABEL } from './labels.ts';

const REMOVAL_TIMEOUT_MS = 60_000;

/**
 * Removes every container, network and volume of a run, whoever made it and however far it came. A daemon
 * that is being restarted meanwhile comes back in seconds, and with it what it had.
 * @throws DrillError with what is left.
 */
export async function removeRun(engine: Engine, runId: string): Promise<void> {
  const look = async () => {
    const left = await removeOnce(engine, runId);
    return left.length === 0 ? done(undefined) : notYet(left.join(', '));
  };
  await until(`nothing of run ${runId} is left in Docker`, look, {
    timeoutMs: REMOVAL_TIMEOUT_MS,
    // The look that removes sees what there was; only the next one sees that it is gone.
    intervalMs: 40,
    hint: `kubedrill clean ${runId}`,
  });
}

/** @returns what there was to remove. */
async function removeOnce(engine: Engine, runId: string): Promise<string[]> {
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
  return [
    ...containers.map(({ Names }) => `container ${Names[0]?.slice(1)}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.map(({ Name }) => `volume ${Name}`),
  ];
}

async function onNetworks(engine: Engine, network: string[]): Promise<ContainerInfo[]> {
  if (network.length === 0) return [];
  return engine.listContainers({ all: true, filters: { network } });
}

/** What is gone already, or is being removed by somebody else, is no error. */
async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (thrown) {
    const { statusCode } = thrown as { statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw thrown;
  }
}
