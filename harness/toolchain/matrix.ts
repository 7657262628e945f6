import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../support/package-root.ts';

const familySchema = z.strictObject({
  /** Major and minor: `3.6`. */
  family: z.string().regex(/^\d+\.\d+$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  /** Folder of go.mod and go.sum, beside the matrix. */
  lock: z.string(),
  /** The address of a release file, as `release.url` gives it → its SHA-256 in hex. */
  releaseSha256: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

const toolSchema = z.strictObject({
  name: z.string(),
  /** Go package of the command. */
  package: z.string(),
  /** Arguments that make it print its version. */
  version: z.array(z.string()),
  pathInImage: z.string().optional(),
  distributionPackage: z.string().optional(),
  /** Measured on two cores with an empty Go cache; only said to the person who waits. */
  coldBuildSeconds: z.number(),
});

/** `{version} {major} {minor} {os} {arch} {tool}` in the templates are filled in by `fillIn`. */
const productSchema = z.strictObject({
  default: z.string(),
  tools: z.array(toolSchema).min(1),
  release: z
    .strictObject({
      url: z.string(),
      /** Where the tool lies in a .tar.gz; without it the file is the tool. */
      memberOfArchive: z.string().optional(),
    })
    .optional(),
  image: z.string().optional(),
  go: z.strictObject({ linkerFlags: z.string() }),
  families: z.array(familySchema).min(1),
});

export const matrixSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    /** What the test suite needs: product → families. */
    tests: z.record(z.string(), z.array(z.string())),
    products: z.record(z.string(), productSchema),
  })
  .superRefine((matrix, context) => {
    for (const [name, product] of Object.entries(matrix.products)) {
      if (!product.families.some((each) => each.family === product.default)) {
        context.addIssue(`the default ${product.default} of ${name} is none of its families`);
      }
      for (const { family, version } of product.families) {
        if (!version.startsWith(`${family}.`)) {
          context.addIssue(`${name} ${version} is not of the family ${family}`);
        }
      }
    }
  });

/** Which versions of which programs kubedrill knows, and where each may come from. */
export type Matrix = z.infer<typeof matrixSchema> & {
  /** Where the lock folders are. */
  folder: string;
};
export type Product = z.infer<typeof productSchema>;
export type Family = z.infer<typeof familySchema>;
export type Tool = z.infer<typeof toolSchema>;

/** One version of one product: what a source is asked for. */
export interface Wanted {
  /** `etcd` */
  product: string;
  recipe: Product;
  /** `3.6` */
  family: string;
  /** `3.6.16` */
  version: string;
  /** The user named the patch version, so no other will do. */
  exactly: boolean;
  releaseSha256: Family['releaseSha256'];
  /** Folder of go.mod and go.sum. */
  lockFolder: string;
}

/** @throws ZodError when the file was broken: that is a bug, since it ships with kubedrill. */
export function loadMatrix(folder: string = join(packageRoot, 'ci', 'toolchain')): Matrix {
  const content: unknown = JSON.parse(readFileSync(join(folder, 'versions.json'), 'utf8'));
  return { ...matrixSchema.parse(content), folder };
}

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64' };

/** Fills a template of the matrix in; `os` and `arch` are this machine's, in Go's words. */
export function fillIn(template: string, version: string, tool = ''): string {
  const [major = '', minor = ''] = version.split('.');
  const values: Record<string, string> = {
    version,
    major,
    minor,
    tool,
    os: process.platform,
    arch: ARCHITECTURES[process.arch] ?? process.arch,
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
