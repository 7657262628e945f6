import type { Engine } from './engine.ts';
import { HOLDS_LABEL, IMAGE_LABEL } from './labels.ts';

/**
 * Names of images of ours for which there is a newer one of the same kind with the same programs in it, and
 * that no container is made from. The newest for each version of etcd and Kubernetes stays.
 */
export async function findOutdatedImages(
  engine: Pick<Engine, 'listImages' | 'listContainers'>,
): Promise<string[]> {
  const images = await engine.listImages({ filters: { label: [HOLDS_LABEL] } });
  const containers = await engine.listContainers({ all: true });
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  const alike = Map.groupBy(
    images,
    ({ Labels }) => `${Labels?.[IMAGE_LABEL]}: ${Labels?.[HOLDS_LABEL]}`,
  );
  return [...alike.values()].flatMap((all) => {
    const [, ...older] = all.toSorted((a, b) => b.Created - a.Created);
    return older.filter(({ Id }) => !used.has(Id)).flatMap(({ RepoTags }) => RepoTags ?? []);
  });
}

/** One that got a container meanwhile, or is gone, is left to the next time. */
export async function removeImages(engine: Engine, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await engine
      .getImage(name)
      .remove()
      .catch((thrown: { statusCode?: number }) => {
        if (thrown.statusCode !== 404 && thrown.statusCode !== 409) throw thrown;
      });
  }
}
