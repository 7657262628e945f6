import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  imagesIn,
  ingressController,
} from '../../../../../harness/targets/kind/ingress/controller.ts';

const DEPLOYMENT = `
kind: Deployment
spec:
  template:
    spec:
      initContainers: [{ name: first, image: "registry.invalid/first:1" }]
      containers:
        - { name: one, image: "registry.invalid/one:2" }
        - { name: two, image: "registry.invalid/first:1" }
        - { name: built-in, image: "registry.invalid/there:3", imagePullPolicy: Never }
`;

describe('the ingress controller', () => {
  test('is the small nginx unless another is named', async () => {
    for (const chosen of [undefined, 'nginx'])
      expect(await ingressController(chosen)).toMatchObject({ kind: 'stand-in', images: [] });
    expect(await ingressController('none')).toMatchObject({ kind: 'none', images: [] });
  });

  test('named traefik is a manifest that is shipped, with a class and the image that nodes have to get', async () => {
    const { kind, manifest, images } = await ingressController('traefik');
    expect(kind).toBe('given');
    expect(images).toEqual([expect.stringMatching(/^traefik:v\d+\.\d+\.\d+$/)]);
    expect(manifest).toContain('kind: IngressClass');
  });

  test('of a file is its manifest, with each image once that nodes may not have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubedrill-test-'));
    try {
      const file = join(folder, 'mine.yaml');
      await writeFile(file, `kind: Namespace\n---\n${DEPLOYMENT}`);
      const { kind, images } = await ingressController(file);
      expect(kind).toBe('given');
      expect(images).toEqual(['registry.invalid/first:1', 'registry.invalid/one:2']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is refused where nodes would not find its image again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubedrill-test-'));
    try {
      const file = join(folder, 'mine.yaml');
      await writeFile(file, DEPLOYMENT.replace('one:2', `one:2@sha256:${'0'.repeat(64)}`));
      await expect(ingressController(file)).rejects.toThrow('is named by a digest');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is of no image where nothing makes pods', () => {
    expect(imagesIn('kind: Namespace\nmetadata: { name: ingress }\n')).toEqual([]);
  });
});
