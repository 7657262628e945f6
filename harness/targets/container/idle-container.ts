import type { Container } from 'dockerode';
import type { Engine } from './engine.ts';
import { runLabels } from './labels.ts';
import { PinnedContainer, type VolumeMount } from './pinned-container.ts';
import { ContainerShell } from './shell/container-shell.ts';

export interface IdleParts {
  image: string;
  runId: string;
  volumes: readonly VolumeMount[];
  /** Folders of this machine, and where the container sees them. */
  folders?: readonly { source: string; target: string }[];
}

/** A container without a network that does nothing by itself and is gone when it is disposed of. */
export interface IdleContainer extends AsyncDisposable {
  container: Container;
  shell: ContainerShell;
}

export async function idleContainer(
  engine: Engine,
  { image, runId, volumes, folders = [] }: IdleParts,
): Promise<IdleContainer> {
  const started = await new PinnedContainer(image)
    .withLabels(runLabels(runId))
    .withNetworkMode('none')
    .withAddedCapabilities('NET_ADMIN')
    .withVolumes(volumes)
    .withBindMounts([...folders])
    .withEntrypoint(['sleep', 'infinity'])
    .withCommand([])
    .start();
  const container = engine.getContainer(started.getId());
  return {
    container,
    shell: new ContainerShell(container),
    [Symbol.asyncDispose]: async () => void (await container.remove({ force: true })),
  };
}
