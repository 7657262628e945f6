import { describe, expect, it } from 'vitest';
import { encryption } from '../../../../harness/diagnose/detectors/encryption.ts';
import { readiness } from '../../../../harness/diagnose/detectors/readiness.ts';
import type { Patient } from '../../../../harness/diagnose/patient.ts';
import type { EtcdClient } from '../../../../harness/etcd/client.ts';
import { codesOf, opened, type SomeServer, some } from '../some-cluster.ts';

const OBJECTS = [some('namespaces', 'default')];
const NO_SECRETS = { 'informer-sync': '1 informers not started yet: [*v1.Secret]' };
const ENCRYPTED = 'k8s:enc:aescbc:v1:key1:xxxxxxxx';
const PLAIN = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"b","uid":"u"}}';

function ready(server: Partial<SomeServer>, etcd?: Record<string, string>) {
  return detected(readiness, server, etcd);
}

async function detected(
  detector: { detect(patient: Patient): Promise<unknown> },
  server: Partial<SomeServer>,
  etcd?: Record<string, string>,
) {
  const members = etcd === undefined ? [] : [holding(etcd)];
  await using cluster = await opened([{ objects: OBJECTS, ...server }], { members });
  return (await detector.detect(cluster.patient)) as Awaited<ReturnType<typeof readiness.detect>>;
}

/** A member whose keyspace is this. */
function holding(rows: Record<string, string>) {
  const kvs = Object.entries(rows).map(([key, value]) => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
    createRevision: 1,
    modRevision: 1,
    version: 1,
    lease: '0',
  }));
  const etcd = {
    pages: async function* () {
      yield { kvs, more: false, count: kvs.length, revision: 10 };
    },
    memberList: async () => ({ clusterId: 'c1', members: [] }),
    status: async () => ({ clusterId: 'c1', memberId: 'm1', revision: 10 }),
  };
  return {
    host: '10.0.0.1:2379',
    url: 'http://10.0.0.1:2379',
    up: { etcd: etcd as unknown as EtcdClient },
    down: null,
  };
}

describe('readiness', () => {
  it('is silent where every API server is ready', async () => {
    expect(await ready({})).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  it('tells the reason of the check that fails', async () => {
    const found = await ready({ unready: { etcd: 'context deadline exceeded' } });
    expect(codesOf(found)).toEqual(['api-server-not-ready']);
    expect(found.findings[0]?.message).toContain('etcd (context deadline exceeded)');
  });

  it('knows what keeps Secrets from being read where they are stored encrypted', async () => {
    const etcd = { '/registry/secrets/default/a': ENCRYPTED };
    const found = await ready({ unready: NO_SECRETS }, etcd);
    expect(codesOf(found)).toEqual(['decryption-failed']);
    expect(found.findings[0]?.message).toContain('etcd holds them encrypted');
    expect(codesOf(await ready({ unready: NO_SECRETS }))).toEqual(['decryption-failed']);
  });

  it('looks for another reason where none of them is', async () => {
    const etcd = { '/registry/secrets/default/b': PLAIN };
    const found = await ready({ unready: NO_SECRETS }, etcd);
    expect(codesOf(found)).toEqual(['api-server-not-ready']);
  });
});

describe('encryption', () => {
  it.each([
    { what: 'plain beside encrypted', second: PLAIN, codes: ['stored-in-plain-text'] },
    { what: 'nothing where all are encrypted', second: ENCRYPTED, codes: [] },
  ])('finds $what', async ({ second, codes }) => {
    const rows = {
      '/registry/secrets/default/a': ENCRYPTED,
      '/registry/secrets/default/b': second,
    };
    expect(codesOf(await detected(encryption, {}, rows))).toEqual(codes);
  });
});
