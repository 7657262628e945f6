import { expect, test } from 'vitest';
import { type DnsPod, DnsPods } from '../../../../harness/runner/availability/dns-pods.ts';

const pod = (name: string, changes: Partial<DnsPod> = {}): DnsPod => ({
  name,
  node: 'cp-1',
  address: '10.244.0.2',
  ready: true,
  deleting: false,
  ...changes,
});
const places = (pods: DnsPods, node = 'cp-1') =>
  pods.on(node).map(({ at, watched }) => `${watched.part} ${at}`);
const outages = (pods: DnsPods) => pods.watched.flatMap((each) => each.until(1000));

test('each pod is asked on its node', () => {
  const pods = new DnsPods();
  pods.list([pod('coredns-1'), pod('coredns-2', { node: 'cp-2', address: '10.244.1.2' })], 0);
  expect(places(pods)).toEqual(['coredns-1 pod 10.244.0.2:53']);
  expect(places(pods, 'cp-2')).toEqual(['coredns-2 pod 10.244.1.2:53']);
});

test('one that is gone, or is being deleted, is out no more', () => {
  const pods = new DnsPods();
  pods.list([pod('coredns-1'), pod('coredns-2')], 0);
  for (const { watched } of pods.on('cp-1')) watched.note(false, 10, 20);
  pods.list([pod('coredns-2', { deleting: true })], 500);
  expect(places(pods)).toEqual([]);
  expect(outages(pods)).toEqual(
    ['coredns-1 pod', 'coredns-2 pod'].map((part) => ({
      probe: 'dns',
      part,
      startMs: 10,
      endMs: 500,
    })),
  );
});

test('one that is new is watched once it is ready, and from then on whatever is said of it', () => {
  const pods = new DnsPods();
  pods.list([pod('coredns-3', { ready: false })], 0);
  pods.list([pod('coredns-3', { address: null })], 100);
  expect(places(pods)).toEqual([]);
  pods.list([pod('coredns-3')], 200);
  pods.on('cp-1')[0]?.watched.note(false, 210, 220);
  pods.list([pod('coredns-3', { ready: false, address: null })], 300);
  expect(places(pods)).toEqual(['coredns-3 pod 10.244.0.2:53']);
  pods.list([pod('coredns-3', { ready: false, address: '10.244.0.9' })], 400);
  expect(places(pods)).toEqual(['coredns-3 pod 10.244.0.9:53']);
  expect(outages(pods).map(({ startMs, lasting }) => [startMs, lasting])).toEqual([[210, true]]);
});
