import { expect, test } from 'vitest';
import { redact } from '../../../harness/support/redaction.ts';

test.each([
  ['token: abcdef.0123456789abcdef', 'token: [redacted]'],
  ['--token=abcdef.0123456789abcdef', '--token=[redacted]'],
  ['"password": "correct horse"', '"password": "[redacted] horse"'],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', '[private key]'],
])('%j is not shown', (secret, shown) => {
  expect(redact(secret)).toBe(shown);
});

test.each([
  '--initial-cluster-token=$ETCD_INITIAL_CLUSTER_TOKEN',
  '--token="$TOKEN_OF_THE_JOB"',
  'export NEW_CLUSTER_TOKEN=restored-1795193902000-0a1b2c3d',
  'ETCD_INITIAL_CLUSTER_TOKEN="etcd-cluster-1"',
])('%j is no secret: it stays ready to paste', (text) => {
  expect(redact(text)).toBe(text);
});
