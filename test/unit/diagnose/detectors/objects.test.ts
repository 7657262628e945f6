import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../../harness/diagnose/detector.ts';
import { baseline } from '../../../../harness/diagnose/detectors/baseline.ts';
import { namespaces } from '../../../../harness/diagnose/detectors/namespaces.ts';
import { owners } from '../../../../harness/diagnose/detectors/owners.ts';
import { reassignedAddresses } from '../../../../harness/diagnose/detectors/reassigned-addresses.ts';
import { serviceAddresses } from '../../../../harness/diagnose/detectors/service-addresses.ts';
import type { ObjectRef } from '../../../../harness/model/finding.ts';
import { baselineOf } from '../../../../harness/objects/baseline.ts';
import type { InventoryEntry } from '../../../../harness/objects/inventory.ts';
import { ago, codesOf, opened, type SomeObject, some } from '../some-cluster.ts';

const DEFAULT = some('namespaces', 'default');

async function detected(detector: Detector, ...objects: SomeObject[]) {
  await using cluster = await opened([{ objects: [DEFAULT, ...objects] }]);
  return await detector.detect(cluster.patient);
}

function ownedBy(kind: string, name: string, uid: string) {
  const apiVersion = kind === 'Secret' ? 'v1' : 'apps/v1';
  return { ownerReferences: [{ apiVersion, kind, name, uid }] };
}

describe('owners', () => {
  const WEB = some('deployments', 'web');

  it('finds an object whose owner exists under another uid only', async () => {
    const owned = some('replicaSets', 'web-1', ownedBy('Deployment', 'web', 'uid-of-old-web'));
    const found = await detected(owners, WEB, owned);
    expect(codesOf(found)).toEqual(['owner-missing']);
    expect(found.findings[0]?.cure).toContain('kubectl -n default patch replicasets web-1');
  });

  it('is silent where the owner is there', async () => {
    const owned = some('replicaSets', 'web-1', ownedBy('Deployment', 'web', 'uid-of-web'));
    expect(await detected(owners, WEB, owned)).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('is silent where one of several owners is there', async () => {
    const gone = ownedBy('Deployment', 'gone', 'x').ownerReferences;
    const there = ownedBy('Deployment', 'web', 'uid-of-web').ownerReferences;
    const owned = some('replicaSets', 'web-1', { ownerReferences: [...gone, ...there] });
    expect(codesOf(await detected(owners, WEB, owned))).toEqual([]);
  });

  it('does not know of owners that it does not read', async () => {
    const owned = some('configMaps', 'c', ownedBy('Secret', 's', 'uid-of-s'));
    expect(await detected(owners, owned)).toMatchObject({ verdict: 'unknown', findings: [] });
  });
});

describe('service-addresses', () => {
  const service = (name: string, spec: object) => some('services', name, {}, { spec });
  const address = (ip: string, name: string) =>
    some('ipAddresses', ip, {}, { spec: { parentRef: { namespace: 'default', name } } });

  it.each([
    {
      what: 'two Services on one cluster IP',
      codes: ['cluster-ip-duplicate'],
      objects: [
        service('a', { clusterIP: '10.96.0.7' }),
        service('b', { clusterIP: '10.96.0.7' }),
        address('10.96.0.7', 'a'),
      ],
    },
    {
      what: 'two Services on one node port',
      codes: ['node-port-duplicate'],
      objects: ['a', 'b'].map((name) =>
        service(name, { clusterIP: 'None', ports: [{ protocol: 'TCP', nodePort: 30_000 }] }),
      ),
    },
    {
      what: 'an address that is not written down as taken',
      codes: ['cluster-ip-unallocated'],
      objects: [service('a', { clusterIP: '10.96.0.7' })],
    },
    {
      what: 'nothing where each has its own',
      codes: [],
      objects: [
        service('a', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] }),
        address('10.96.0.7', 'a'),
        service('b', { clusterIP: 'None' }),
        service('c', {
          clusterIP: 'None',
          ports: [
            { protocol: 'TCP', nodePort: 30_000 },
            { protocol: 'UDP', nodePort: 30_001 },
          ],
        }),
      ],
    },
  ])('finds $what', async ({ codes, objects }) => {
    expect(codesOf(await detected(serviceAddresses, ...objects))).toEqual(codes);
  });
});

describe('namespaces', () => {
  const deleted = (ageMs: number) =>
    some(
      'namespaces',
      'old',
      { deletionTimestamp: ago(ageMs) },
      {
        status: { conditions: [{ type: 'X', status: 'True', message: 'finalizers remain.' }] },
      },
    );

  it('finds one that hangs in its deletion, and says why', async () => {
    const found = await detected(namespaces, deleted(120_000));
    expect(codesOf(found)).toEqual(['namespace-stuck-terminating']);
    expect(found.findings[0]?.message).toContain('for 2 min: finalizers remain.');
  });

  it('is silent on one that is just being deleted', async () => {
    expect(codesOf(await detected(namespaces, deleted(5000)))).toEqual([]);
  });

  it('finds objects whose Namespace does not exist', async () => {
    const found = await detected(namespaces, some('configMaps', 'c', { namespace: 'ghost' }));
    expect(found.findings).toMatchObject([{ code: 'namespace-missing', where: 'ghost' }]);
  });
});

const HOUR_MS = 3600_000;

function entry(name: string, uid = `uid-of-${name}`, ref: Partial<ObjectRef> = {}): InventoryEntry {
  const whole = { group: '', resource: 'configmaps', namespace: 'default', name, ...ref };
  const revisions = { createRevision: 5, modRevision: 10, leased: false };
  const key = `/registry/${whole.resource}/${whole.namespace}/${name}`;
  return { ...whole, uid, key, ...revisions, encoding: 'protobuf', contentHash: 'x', sizeBytes: 1 };
}

/** @param entries what the inventory of an hour ago has. */
function hourAgo(entries: InventoryEntry[]) {
  const from = {
    takenAt: ago(HOUR_MS),
    source: 'x.db',
    sourceSha256: null,
    etcdPrefix: '/registry',
  };
  return baselineOf({ revision: 10, entries, otherKeys: 0, plainKeys: [] }, from);
}

/** @param before what the inventory of an hour ago has, besides the Namespace. */
async function compared(detector: Detector, before: InventoryEntry[], ...now: SomeObject[]) {
  const namespace = entry('default', undefined, { resource: 'namespaces', namespace: null });
  const given = hourAgo([namespace, ...before]);
  await using cluster = await opened([{ objects: [DEFAULT, ...now] }], { baseline: given });
  return await detector.detect(cluster.patient);
}

describe('baseline', () => {
  it('is silent where all is as it was, and on what was made since', async () => {
    const young = some('configMaps', 'new', { creationTimestamp: ago(1000) });
    const found = await compared(baseline, [entry('kept')], some('configMaps', 'kept'), young);
    expect(found).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  it.each([
    { what: 'an object that is lost', code: 'baseline-lost', before: [entry('lost')], now: [] },
    {
      what: 'an object that had been deleted and is back',
      code: 'baseline-resurrected',
      before: [],
      now: [some('configMaps', 'old')],
    },
    {
      what: 'a Job that had ended and been deleted, and begins anew',
      code: 'baseline-resurrected',
      before: [],
      now: [some('jobs', 'migrate')],
    },
    {
      what: 'another object of the same name',
      code: 'baseline-recreated',
      before: [entry('kept', 'uid-of-another')],
      now: [some('configMaps', 'kept')],
    },
  ])('finds $what', async ({ code, before, now }) => {
    expect(codesOf(await compared(baseline, before, ...now))).toEqual([code]);
  });

  it('shows first what costs most when nobody sees it', async () => {
    const many = Array.from({ length: 30 }, (_, index) => entry(`c-${index}`));
    const volume = { resource: 'persistentvolumes', namespace: null };
    const found = await compared(baseline, [...many, entry('data', undefined, volume)]);
    expect(found.findings[0]?.objects[0]).toMatchObject({ name: 'data' });
    expect(found.findings[0]?.cure).toContain('Retain');
  });

  it('does not call lost what it may not list', async () => {
    const given = hourAgo([entry('c')]);
    await using cluster = await opened([{ objects: [], forbidden: ['configmaps'] }], {
      baseline: given,
    });
    expect(await baseline.detect(cluster.patient)).toMatchObject({
      verdict: 'unknown',
      findings: [],
    });
  });

  it('is silent on Jobs that come and go', async () => {
    const job = { group: 'batch', resource: 'jobs' };
    const ended = entry('ended', undefined, job);
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'u' };
    const nightly = some('jobs', 'nightly-1', { ownerReferences: [owner] });
    expect(codesOf(await compared(baseline, [ended], nightly))).toEqual([]);
  });

  it('finds a Job of a CronJob that is there anew for the same moment', async () => {
    const before = entry('bill-29404080', 'first', { group: 'batch', resource: 'jobs' });
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'bill', uid: 'u' };
    const run = (uid: string) => some('jobs', 'bill-29404080', { uid, ownerReferences: [owner] });
    const found = await compared(baseline, [before], run('second'));
    expect(found.findings).toMatchObject([
      { code: 'scheduled-run-repeated', objects: [{ name: 'bill-29404080' }] },
    ]);
    expect(found.findings[0]?.cure).toContain('kubectl -n default delete jobs bill-29404080');
    expect(codesOf(await compared(baseline, [before], run('first')))).toEqual([]);
    // An operator makes its Jobs anew as it likes.
    owner.kind = 'CephCluster';
    expect(codesOf(await compared(baseline, [before], run('second')))).toEqual([]);
  });
});

describe('reassigned-addresses', () => {
  const IP = '10.96.0.7';
  const anHourAgo = (name: string) => [
    entry(IP, 'uid-of-before', {
      group: 'networking.k8s.io',
      resource: 'ipaddresses',
      namespace: null,
    }),
    entry(name, undefined, { resource: 'services' }),
  ];
  const now = some(
    'ipAddresses',
    IP,
    {},
    {
      spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: 'till' } },
    },
  );

  it('finds an address that another Service was given', async () => {
    const found = await compared(reassignedAddresses, anHourAgo('checkout'), now);
    expect(codesOf(found)).toEqual(['service-address-taken']);
    expect(found.findings[0]?.objects).toMatchObject([{ resource: 'services', name: 'till' }]);
  });

  it('is silent where the same Service was made anew', async () => {
    expect(codesOf(await compared(reassignedAddresses, anHourAgo('till'), now))).toEqual([]);
  });
});
