import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readEnvelope } from '../../../harness/objects/envelope.ts';
import { readMetadata, readUid } from '../../../harness/objects/metadata.ts';

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
        expect(readUid(envelope)).toBe(expected.uid);
      }
    },
  );
});
