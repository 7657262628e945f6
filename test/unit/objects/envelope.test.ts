import { describe, expect, test } from 'vitest';
import { encodingLabel, readEnvelope } from '../../../harness/objects/envelope.ts';
import { readMetadata } from '../../../harness/objects/metadata.ts';

const typeMeta = Buffer.from('\n\x02v1\x12\x06Secret');
const protobuf = Buffer.concat([
  Buffer.from('k8s\0\n'),
  Buffer.of(typeMeta.length),
  typeMeta,
  Buffer.from('\x12\x08\n\x06\n\x04name'),
]);

describe('a stored value', () => {
  test('in protobuf tells its type and its body', () => {
    const envelope = readEnvelope(protobuf);
    expect(envelope).toMatchObject({ apiVersion: 'v1', kind: 'Secret', problem: null });
    expect(readMetadata(envelope)?.name).toBe('name');
  });

  test.each(Array.from({ length: protobuf.length - 5 }, (_, index) => index + 5))(
    'cut after %i bytes is never taken for whole',
    (length) => {
      const envelope = readEnvelope(protobuf.subarray(0, length));
      const whole = envelope.problem === null && readMetadata(envelope)?.name === 'name';
      expect(whole).toBe(false);
    },
  );

  test('with a length field beyond its end is a problem, not an allocation', () => {
    const huge = Buffer.concat([Buffer.from('k8s\0\x12'), Buffer.of(0xff, 0xff, 0xff, 0xff, 0x7f)]);
    expect(readEnvelope(huge).problem).toBe('its protobuf wrapping does not decode');
  });

  test.each([
    ['k8s:enc:aescbc:v1:key-1:\x01\x02', 'encrypted:aescbc:v1:key-1'],
    ['k8s:enc:secretbox:v1:k:\x01', 'encrypted:secretbox:v1:k'],
    ['k8s:enc:kms:v2:vault:\x01', 'encrypted:kms:v2:vault'],
    ['k8s:enc:cut', 'unknown'],
    ['\xd9\xd9\xf7\xa0', 'cbor'],
    ['plain text', 'unknown'],
    ['', 'unknown'],
    ['{"kind":"Widget","apiVersion":"x.io/v1"}', 'json'],
  ])('%j is %s', (value, label) => {
    expect(encodingLabel(readEnvelope(Buffer.from(value, 'latin1')))).toBe(label);
  });

  test('in JSON is recognised whatever the order of its members', () => {
    const expected = { apiVersion: 'x.io/v1', kind: 'Widget', problem: null };
    const late = '{"metadata":{"name":"a"},"kind":"Widget","apiVersion":"x.io/v1"}';
    expect(readEnvelope(Buffer.from(late))).toMatchObject(expected);
    const early = '{"kind":"Widget","apiVersion":"x.io/v1","metadata":{}}';
    expect(readEnvelope(Buffer.from(early))).toMatchObject(expected);
  });

  test('that only begins like JSON has a problem', () => {
    expect(readEnvelope(Buffer.from('{"metadata":')).problem).toBe('it is not JSON');
  });
});
