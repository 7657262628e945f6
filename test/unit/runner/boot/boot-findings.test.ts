import { describe, expect, test } from 'vitest';
import { bootFindings } from '../../../../harness/runner/boot/boot-findings.ts';
import type { BootResult } from '../../../../harness/runner/boot/boot-plan.ts';

const pods = { group: '', version: 'v1', resource: 'pods', count: 3, error: null };
const pod = { group: '', resource: 'pods', namespace: 'shop', name: 'web' };
const good: BootResult = {
  stopped: null,
  notReady: null,
  lists: [pods],
  missing: [],
  unreadable: [],
  notServed: [],
};

function told(parts: Partial<BootResult>) {
  const result = { ...good, ...parts };
  return bootFindings({ result, etcdVersion: '3.6.16', kubernetesVersion: '1.36.3' });
}

const codes = (parts: Partial<BootResult>) => told(parts).map(({ code }) => code);

describe('what a boot found', () => {
  test('is only how many lists were read when all went well', () => {
    const [found, ...others] = told({});
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: 'boot-listed',
      severity: 'info',
      message: '1 list of 1 read through the API',
      where: 'etcd 3.6.16, kube-apiserver 1.36.3',
    });
  });

  test.each([
    ['restore', 'boot-etcd-failed'],
    ['etcd', 'boot-etcd-failed'],
    ['kube-apiserver', 'boot-api-failed'],
  ] as const)('is nothing more when it stopped at %s', (step, code) => {
    expect(codes({ stopped: { step, why: 'panic' } })).toEqual([code]);
  });

  test('names lists that fail and the objects that make them fail', () => {
    const error = 'unexpected EOF';
    const unreadable = [{ ref: pod, why: error }];
    const [found] = told({ lists: [{ ...pods, error }], unreadable });
    expect(found?.code).toBe('boot-unlistable');
    expect(found?.message).toBe(
      'v1/pods cannot be listed: unexpected EOF; it cannot read pods shop/web',
    );
    expect(found?.objects).toEqual([pod]);
  });

  test('tells in one line why a program refused the file', () => {
    const why = [
      "could not restore the snapshot: exit 1 after 0.1 s: /x/etcdutl snapshot restore '--name=boot'",
      '  | info  restoring snapshot',
      '  | Error: expected sha256 [1], got [2]',
      'next: kubedrill doctor',
    ].join('\n');
    expect(told({ stopped: { step: 'restore', why } })[0]?.message).toBe(
      'could not restore the snapshot (exit 1): Error: expected sha256 [1], got [2]',
    );
  });

  test('never advises to delete what only lacks its key', () => {
    const error = 'unable to transform key "/registry/secrets/a/b": no matching prefix found';
    const secrets = { ...pods, resource: 'secrets', error };
    expect(told({ lists: [secrets] })[0]?.cure).toContain('--encryption-config');
  });

  test('names objects of the file that no list shows', () => {
    expect(codes({ missing: [pod] })).toEqual(['boot-object-missing', 'boot-listed']);
  });

  test('counts objects whose resource is not served', () => {
    const [found] = told({ notServed: [{ resource: 'x.io/widgets', count: 3 }] });
    expect(found?.code).toBe('boot-not-served');
    expect(found?.message).toContain('3 of x.io/widgets');
  });
});
