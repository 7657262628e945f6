import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  baselineOf,
  checkSignature,
  parseBaseline,
  signBaseline,
} from '../../../harness/objects/baseline.ts';
import { inventoryOf } from '../../../harness/objects/inventory.ts';

const row = {
  key: Buffer.from('/registry/configmaps/shop/settings'),
  value: Buffer.from('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"uid":"u1"}}'),
  createRevision: 3,
  modRevision: 4,
  version: 2,
  lease: 0n,
};
const baseline = baselineOf(inventoryOf([row], { prefix: '/registry', revision: 4 }), {
  takenAt: '2026-11-20T12:00:00Z',
  source: 'etcd-snapshot.db',
  sourceSha256: null,
  etcdPrefix: '/registry',
});

function keyPair(type: 'ed25519' | 'ec') {
  const pair =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

describe('a baseline', () => {
  test('comes back from its file as it was written', () => {
    expect(parseBaseline(JSON.stringify(baseline), 'b.json')).toEqual(baseline);
  });

  test.each(['ed25519', 'ec'] as const)(
    'signed with an %s key verifies until it is changed',
    (type) => {
      const { privatePem, publicPem } = keyPair(type);
      const signed = parseBaseline(JSON.stringify(signBaseline(baseline, privatePem)), 'b.json');
      expect(checkSignature(signed, publicPem)).toBe('valid');
      expect(checkSignature(signed, keyPair(type).publicPem)).toBe('invalid');
      const tampered = structuredClone(signed);
      tampered.inventory.revision += 1;
      expect(checkSignature(tampered, publicPem)).toBe('invalid');
    },
  );

  test('without a signature says so', () => {
    expect(checkSignature(baseline, keyPair('ed25519').publicPem)).toBe('missing');
  });

  test.each(['', '[]', '{"schemaVersion":2}'])(
    'is refused with a clear error when it is %j',
    (text) => {
      expect(() => parseBaseline(text, 'b.json')).toThrow('read the baseline b.json');
    },
  );
});
