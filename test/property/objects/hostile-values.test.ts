import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodingLabel, readEnvelope } from '../../../harness/objects/envelope.ts';
import { glance } from '../../../harness/objects/glance.ts';
import { podShape, secretShape } from '../../../harness/objects/kinds.ts';
import { readMetadata } from '../../../harness/objects/metadata.ts';
import { keyText, parseObjectKey } from '../../../harness/objects/object-key.ts';
import { decode } from '../../../harness/objects/shape.ts';
import { fc } from '../../seeded.ts';

const folder = new URL('../../fixtures/kubernetes-api/', import.meta.url);
const originals = readdirSync(folder)
  .filter((name) => /\.v1\.(Pod|Secret|Lease|Namespace|Service)\.(pb|json)$/.test(name))
  .map((name) => readFileSync(new URL(name, folder)));

/** A real value with some bytes changed and cut somewhere. */
const mutated = fc
  .record({
    original: fc.constantFrom(...originals),
    changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
    cut: fc.nat(),
  })
  .map(({ original, changes, cut }) => {
    const bytes = Buffer.from(original.subarray(0, original.length - (cut % original.length)));
    for (const [at, value] of changes) bytes[at % Math.max(1, bytes.length)] = value;
    return bytes;
  });

/** Starts that lead into every branch. */
const invented = fc
  .tuple(
    fc.constantFrom('', 'k8s\0', '{', 'k8s:enc:aescbc:v1:', 'k8s:enc:', '\xd9\xd9\xf7'),
    fc.uint8Array({ maxLength: 300 }),
  )
  .map(([start, rest]) => Buffer.concat([Buffer.from(start, 'latin1'), rest]));

describe('any bytes as a stored value', () => {
  test('are read without an exception, as one of the known encodings', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, invented), (value) => {
        const envelope = readEnvelope(value);
        expect(encodingLabel(envelope)).toMatch(/^(protobuf|json|encrypted:|cbor|unknown)/);
        glance(envelope);
        readMetadata(envelope);
        decode(podShape, envelope);
        decode(secretShape, envelope);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('any bytes as a key', () => {
  test('become text that tells different keys apart', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
        parseObjectKey(keyText(a));
        const bothText = Buffer.from(keyText(a)).equals(a) && Buffer.from(keyText(b)).equals(b);
        if (bothText) expect(keyText(a) === keyText(b)).toBe(Buffer.from(a).equals(b));
      }),
    );
  });
});
