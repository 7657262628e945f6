import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DrillError } from '../../../harness/support/errors.ts';
import { fillIn, loadMatrix, matrixSchema } from '../../../harness/toolchain/matrix.ts';
import { chooseVersion, familyOf, versionIn } from '../../../harness/toolchain/versions.ts';

const matrix = loadMatrix();

describe('the matrix that ships', () => {
  test('has etcd 3.6 and Kubernetes 1.36 as defaults and the families beside them', () => {
    expect(chooseVersion(matrix, 'etcd', undefined).family).toBe('3.6');
    expect(chooseVersion(matrix, 'kubernetes', undefined).family).toBe('1.36');
    const families = (product: string) =>
      matrix.products[product]?.families.map((each) => each.family);
    expect(families('etcd')).toEqual(['3.5', '3.6', '3.7']);
    expect(families('kubernetes')).toEqual(['1.34', '1.35', '1.36']);
  });

  test('is refused when a default is none of its families', () => {
    const { folder: _, ...content } = structuredClone(matrix);
    const etcd = content.products.etcd;
    if (etcd) etcd.default = '3.9';
    expect(() => matrixSchema.parse(content)).toThrow('the default 3.9 of etcd');
  });

  test('is refused when a version is not of its family', () => {
    const { folder: _, ...content } = structuredClone(matrix);
    const family = content.products.etcd?.families[0];
    if (family) family.version = '3.6.1';
    expect(() => matrixSchema.parse(content)).toThrow('3.6.1 is not of the family 3.5');
  });
});

describe.each(
  Object.entries(matrix.products).flatMap(([name, product]) =>
    product.families.map((entry) => ({ name, product, ...entry })),
  ),
)('the lock of $name $family', ({ product, version, lock }) => {
  test('requires every tool in the version that the matrix names, with its sum', async () => {
    const folder = join(matrix.folder, lock);
    const required = (await readFile(join(folder, 'go.mod'), 'utf8')).matchAll(/^\t(\S+) v(\S+)/gm);
    const versions = new Map([...required].map(([, module, number]) => [module, number]));
    const sums = await readFile(join(folder, 'go.sum'), 'utf8');
    for (const tool of product.tools) {
      const module = [...versions.keys()].find((each) => `${tool.package}/`.startsWith(`${each}/`));
      expect(versions.get(module), tool.name).toBe(version);
      expect(sums).toContain(`${module} v${version} h1:`);
    }
  });
});

describe('choosing a version', () => {
  test('takes a family, an exact version, and one with a leading v', () => {
    const { family, version } = chooseVersion(matrix, 'etcd', '3.5');
    expect(family).toBe('3.5');
    expect(chooseVersion(matrix, 'etcd', version)).toMatchObject({ version, exactly: true });
    expect(chooseVersion(matrix, 'etcd', `v${version}`)).toMatchObject({ version, exactly: true });
    expect(chooseVersion(matrix, 'etcd', '3.5').exactly).toBe(false);
  });

  test('names the known versions and the likeliest one for a word that is none', () => {
    const error = thrownBy(() => chooseVersion(matrix, 'kubernetes', '1.360'));
    expect(error.kind).toBe('usage');
    expect(error.happened).toContain('1.34, 1.34.');
    expect(error.hint).toBe('did you mean 1.36?');
  });

  test('names the known products for one that is unknown', () => {
    expect(thrownBy(() => chooseVersion(matrix, 'etdc', undefined)).hint).toBe(
      'did you mean etcd?',
    );
  });
});

test('a version is found in what etcd, kube-apiserver and kubectl print', () => {
  expect(versionIn('etcd Version: 3.6.16\nGit SHA: x\nGo Version: go1.26.8')).toBe('3.6.16');
  expect(versionIn('Kubernetes v1.36.3\n')).toBe('1.36.3');
  expect(versionIn('Client Version: v1.32.4-vendor\nKustomize Version: v5.5.0')).toBe('1.32.4');
  expect(versionIn('no version here, only 3.6')).toBeUndefined();
  expect(familyOf('1.36.3')).toBe('1.36');
});

test('templates are filled in with the version and its parts, and keep what they do not know', () => {
  expect(fillIn('v{version} {major}.{minor} {tool} {else}', '1.36.3', 'kubectl')).toBe(
    'v1.36.3 1.36 kubectl {else}',
  );
});

function thrownBy(work: () => unknown): DrillError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof DrillError) return thrown;
  }
  throw new Error('it did not throw a DrillError');
}
