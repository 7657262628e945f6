import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../harness/objects/envelope.ts';
import { readMetadata } from '../../../harness/objects/metadata.ts';
import { storedConfigMap } from '../../../harness/populate/stored-configmap.ts';

const parts = { namespace: 'shop', name: 'a', createdAtMs: 1_700_000_000_000, data: { k: 'v' } };

describe('a ConfigMap put into etcd directly', () => {
  it('has the key and the wrapping that kube-apiserver gives it', () => {
    const { key, value } = storedConfigMap(parts);
    expect(Buffer.from(key).toString()).toBe('/registry/configmaps/shop/a');
    expect(readEnvelope(value)).toMatchObject({
      encoding: 'protobuf',
      apiVersion: 'v1',
      kind: 'ConfigMap',
      problem: null,
    });
  });

  it('has metadata with an id of its own', () => {
    const read = (name: string) =>
      readMetadata(readEnvelope(storedConfigMap({ ...parts, name }).value));
    expect(read('a')).toMatchObject({
      name: 'a',
      namespace: 'shop',
      creationTimestamp: '2023-11-14T22:13:20Z',
    });
    expect(read('a')?.uid).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(read('a')?.uid).not.toBe(read('b')?.uid);
  });

  it('is the same for the same parts', () => {
    expect(storedConfigMap(parts)).toEqual(storedConfigMap(parts));
  });
});
