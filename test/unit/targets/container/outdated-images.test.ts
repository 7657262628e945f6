import { expect, it } from 'vitest';
import type { Engine } from '../../../../harness/targets/container/engine.ts';
import { HOLDS_LABEL, IMAGE_LABEL } from '../../../../harness/targets/container/labels.ts';
import { findOutdatedImages } from '../../../../harness/targets/container/outdated-images.ts';

function image(name: string, holds: string, created: number, kind = 'host') {
  const Labels = { [IMAGE_LABEL]: kind, [HOLDS_LABEL]: holds };
  return {
    Id: `sha256:${name}`,
    RepoTags: [`kubedrill-${kind}:${name}`],
    Created: created,
    Labels,
  };
}

function outdatedOf(images: ReturnType<typeof image>[], used: string[] = []) {
  const engine = {
    listImages: async () => images,
    listContainers: async () => used.map((name) => ({ ImageID: `sha256:${name}` })),
  };
  return findOutdatedImages(engine as unknown as Engine);
}

it('of images with the same programs the newest stays', async () => {
  const images = [image('one', 'etcd 3.6.16', 1), image('two', 'etcd 3.6.16', 2)];
  expect(await outdatedOf(images)).toEqual(['kubedrill-host:one']);
  expect(await outdatedOf(images.toReversed())).toEqual(['kubedrill-host:one']);
});

it('several versions stay side by side, and so do images for other purposes', async () => {
  const images = [
    image('one', 'etcd 3.6.16', 1),
    image('two', 'etcd 3.5.30', 2),
    image('three', 'etcd 3.6.16, kubernetes 1.36.3', 3),
    image('four', 'etcd 3.6.16', 4, 'kind-node'),
  ];
  expect(await outdatedOf(images)).toEqual([]);
});

it('one from which a container is made stays', async () => {
  const images = [image('one', 'etcd 3.6.16', 1), image('two', 'etcd 3.6.16', 2)];
  expect(await outdatedOf(images, ['one'])).toEqual([]);
});
