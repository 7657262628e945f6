import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { usageError } from '../../../support/errors.ts';
import { packageRoot } from '../../../support/package-root.ts';

/** Those that can be named; anything else is the file of a manifest. */
export const INGRESS_NAMES = ['nginx', 'traefik', 'none'] as const;

/** Who serves the Ingress objects of a cluster. */
export interface IngressController {
  /** `stand-in`: the small nginx in the node image made here. */
  kind: 'stand-in' | 'given' | 'none';
  /** For kubectl; empty unless it is given. */
  manifest: string;
  /** What its pods are made of, each with its tag. */
  images: string[];
}

const SHIPPED = join(packageRoot, 'harness/targets/kind/ingress');

/**
 * @param chosen one of INGRESS_NAMES or the file of a manifest; undefined for the stand-in.
 * @throws DrillError (usage) where an image is named by a digest; Error where a file cannot be read.
 */
export async function ingressController(chosen: string | undefined): Promise<IngressController> {
  if (chosen === undefined || chosen === 'nginx')
    return { kind: 'stand-in', manifest: '', images: [] };
  if (chosen === 'none') return { kind: 'none', manifest: '', images: [] };
  const file = chosen === 'traefik' ? join(SHIPPED, 'traefik.yaml') : chosen;
  const manifest = await readFile(file, 'utf8');
  const images = imagesIn(manifest);
  const nameless = images.find((image) => image.includes('@'));
  if (nameless !== undefined)
    throw usageError(
      `use the ingress controller of ${file}`,
      `its image ${nameless} is named by a digest, by which no node finds what it was given`,
      'name it by a tag, with imagePullPolicy: IfNotPresent',
    );
  return { kind: 'given', manifest, images };
}

const containersSchema = z.array(
  z.object({ image: z.string(), imagePullPolicy: z.string().optional() }),
);
const podSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: containersSchema,
        initContainers: containersSchema.default([]),
      }),
    }),
  }),
});

/** Of whatever makes pods by a template, as Deployments, DaemonSets and Jobs do; not those that are never pulled. */
export function imagesIn(manifest: string): string[] {
  const images = parseAllDocuments(manifest).flatMap((document) => {
    const { data } = podSchema.safeParse(document.toJS());
    const pod = data?.spec.template.spec;
    return pod === undefined ? [] : [...pod.initContainers, ...pod.containers];
  });
  const fetched = images.filter(({ imagePullPolicy }) => imagePullPolicy !== 'Never');
  return [...new Set(fetched.map(({ image }) => image))];
}
