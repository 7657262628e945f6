import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readEnvelope } from '../../../harness/objects/envelope.ts';
import { glance } from '../../../harness/objects/glance.ts';
import * as kinds from '../../../harness/objects/kinds.ts';
import { readMetadata } from '../../../harness/objects/metadata.ts';
import { decode } from '../../../harness/objects/shape.ts';

const folder = new URL('../../fixtures/kubernetes-api/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.pb'))
  .map((name) => name.slice(0, -3));

function bytesOf(name: string): Buffer {
  return readFileSync(new URL(name, folder));
}

function jsonOf(name: string) {
  return JSON.parse(bytesOf(`${name}.json`).toString('utf8'));
}

describe('the stored form of every built-in kind', () => {
  test('there are 193 of them, 171 with object metadata', () => {
    expect(names).toHaveLength(193);
    expect(names.filter((name) => jsonOf(name).metadata?.name)).toHaveLength(171);
  });

  test.each(names)('%s has the kind and apiVersion of its JSON', (name) => {
    const { apiVersion = null, kind = null } = jsonOf(name);
    // A WatchEvent, which nobody stores, has neither.
    const expected = { apiVersion, kind, problem: kind === null ? 'it names no kind' : null };
    const fromProtobuf = readEnvelope(bytesOf(`${name}.pb`));
    expect(fromProtobuf).toMatchObject({ encoding: 'protobuf', ...expected });
    const fromJson = readEnvelope(bytesOf(`${name}.json`));
    expect(fromJson).toMatchObject({ encoding: 'json', ...expected });
  });

  test.each(names.filter((name) => jsonOf(name).metadata?.name))(
    '%s has the metadata of its JSON, from protobuf and from JSON',
    (name) => {
      const { metadata: expected } = jsonOf(name);
      for (const extension of ['pb', 'json']) {
        const envelope = readEnvelope(bytesOf(`${name}.${extension}`));
        const metadata = readMetadata(envelope);
        expect(metadata).toMatchObject({
          name: expected.name,
          namespace: expected.namespace,
          uid: expected.uid,
          creationTimestamp: expected.creationTimestamp,
          deletionTimestamp: expected.deletionTimestamp,
          ownerReferences: expected.ownerReferences,
          finalizers: expected.finalizers,
        });
        expect(Object.fromEntries(metadata?.labels ?? [])).toEqual(expected.labels);
        expect(glance(envelope)).toMatchObject({ uid: expected.uid, owned: true, deleting: true });
      }
    },
  );

  test.each([
    ['core.v1.Namespace', kinds.namespaceShape],
    ['core.v1.Pod', kinds.podShape],
    ['core.v1.Service', kinds.serviceShape],
    ['core.v1.Endpoints', kinds.endpointsShape],
    ['discovery.k8s.io.v1.EndpointSlice', kinds.endpointSliceShape],
    ['core.v1.Secret', kinds.secretShape],
    [
      'admissionregistration.k8s.io.v1.MutatingWebhookConfiguration',
      kinds.webhookConfigurationShape,
    ],
    [
      'admissionregistration.k8s.io.v1.ValidatingWebhookConfiguration',
      kinds.webhookConfigurationShape,
    ],
    ['core.v1.PersistentVolume', kinds.persistentVolumeShape],
    ['core.v1.PersistentVolumeClaim', kinds.persistentVolumeClaimShape],
    ['coordination.k8s.io.v1.Lease', kinds.leaseShape],
    ['batch.v1.Job', kinds.jobShape],
    ['batch.v1.CronJob', kinds.cronJobShape],
    ['networking.k8s.io.v1.IPAddress', kinds.ipAddressShape],
    ['core.v1.RangeAllocation', kinds.rangeAllocationShape],
  ] as const)('%s decodes to the same value from protobuf and from JSON', (name, shape) => {
    const fromProtobuf = decode<unknown>(shape, readEnvelope(bytesOf(`${name}.pb`)));
    expect(fromProtobuf).not.toBeNull();
    expect(fromProtobuf).toEqual(decode<unknown>(shape, readEnvelope(bytesOf(`${name}.json`))));
    expect(JSON.stringify(fromProtobuf)).not.toContain('null');
    expect(missingIn(fromProtobuf)).toEqual([]);
  });
});

/** The oracle sets every field, so an undefined one has a wrong number in our description. */
function missingIn(value: unknown, path = ''): string[] {
  if (value === undefined) return [path];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  if (Array.isArray(value) && value.length === 0) return [`${path}[]`];
  if (value instanceof Map && value.size === 0) return [`${path}{}`];
  return Object.entries(value).flatMap(([name, member]) => missingIn(member, `${path}.${name}`));
}
