import { describe, expect, it } from 'vitest';
import { contentHashOf } from '../../../harness/probes/content-rules.ts';

const configMaps = { group: '', resource: 'configmaps' };
const object = (metadata: object, rest: object = { data: { a: '1' } }) => ({
  metadata: { name: 'x', namespace: 'shop', uid: 'u', ...metadata },
  ...rest,
});
const plain = contentHashOf(configMaps, object({}));

describe('the content of an object', () => {
  it('is not its resourceVersion, its managers or its status', () => {
    const later = object(
      { resourceVersion: '9', managedFields: [{ manager: 'kubectl' }] },
      { data: { a: '1' }, status: { phase: 'Bound' } },
    );
    expect(contentHashOf(configMaps, later)).toBe(plain);
  });

  it('is not what controllers note on it', () => {
    const noted = object({ annotations: { 'deployment.kubernetes.io/revision': '3' } });
    expect(contentHashOf(configMaps, noted)).toBe(plain);
  });

  it.each([
    ['data', object({}, { data: { a: '2' } })],
    ['a label', object({ labels: { app: 'web' } })],
    ["somebody's annotation", object({ annotations: { owner: 'me' } })],
    ['another uid', object({ uid: 'v' })],
  ])('is %s', (_, changed) => expect(contentHashOf(configMaps, changed)).not.toBe(plain));

  it.each([
    { group: 'coordination.k8s.io', resource: 'leases' },
    { group: '', resource: 'events' },
    { group: 'discovery.k8s.io', resource: 'endpointslices' },
  ])('is not taken of %j, which never rest', (resource) =>
    expect(contentHashOf(resource, object({}))).toBeNull(),
  );
});
