import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fewestArrivals } from '../../../harness/faults/arrivals.ts';
import { faultByName } from '../../../harness/faults/index.ts';
import type { Host } from '../../../harness/targets/host.ts';
import type { Cluster, Network } from '../../../harness/targets/target.ts';
import { FakeClock } from '../support/fake-clock.ts';

const NAMES = ['etcd-1', 'etcd-2', 'etcd-3'];

/** What the hosts' shells and the network do when asked; `calls` says what the network was asked for. */
interface Wire {
  /** Datagrams that arrive, by `FROM>TO`, or at one look after the other; all, where nothing is said. */
  arrive?: Record<string, number | readonly number[]>;
  roundTripMs?: number;
  answersAt?: Record<string, string | undefined>;
}

function clusterOn({ arrive = {}, roundTripMs = 0, answersAt = {} }: Wire) {
  const calls: string[] = [];
  const arrived = new Map<string, number>();
  const looks = new Map<string, number>();
  const nameOf = (address: string | undefined) => `etcd-${address?.slice(-1)}`;
  const shellOf =
    (name: string) =>
    async (script: string, { env = {} }: { env?: Env }) => {
      const to = nameOf(env.ADDRESS);
      if (script.includes('/dev/udp')) {
        const link = `${name}>${to}`;
        const look = looks.get(link) ?? 0;
        looks.set(link, look + 1);
        const said = arrive[link] ?? Number(env.COUNT);
        const came = typeof said === 'number' ? said : (said[look] ?? said.at(-1) ?? 0);
        arrived.set(to, (arrived.get(to) ?? 0) + came);
      }
      const stdout = script.includes('/dev/tcp') ? roundTripMs : (arrived.get(name) ?? 0);
      return { exitCode: 0, stdout: `${stdout}\n`, stderr: '', problem: undefined };
    };
  const record =
    (name: string) =>
    async (...given: unknown[]) =>
      void calls.push(`${name} ${JSON.stringify(given)}`);
  const network = {
    partition: record('partition'),
    cut: record('cut'),
    heal: record('heal'),
    degrade: record('degrade'),
    disconnect: record('disconnect'),
    reconnect: record('reconnect'),
    swapAddresses: record('swap'),
    clash: record('clash'),
    restoreAddresses: record('restore'),
    whoAnswersAt: async (host: string) => answersAt[host],
  } as unknown as Network;
  const hosts = NAMES.map((name) => ({
    name,
    state: 'running',
    address: `10.77.0.1${name.slice(-1)}`,
    shell: shellOf(name),
  })) as unknown as Host[];
  const cluster = {
    target: 'process',
    network,
    hosts: () => hosts,
    host: (name: string) => hosts.find((host) => host.name === name),
  } as unknown as Cluster;
  return { cluster, calls };
}

type Env = Record<string, string>;

async function inject(name: string, wire: Wire, hosts: string[], given: object = {}) {
  const fault = faultByName(name);
  if (!fault) throw new Error(name);
  const { cluster, calls } = clusterOn(wire);
  const parameters = fault.parameters.parse(given);
  // A cut that leaks is looked at for some seconds.
  const injected = fault.inject({ cluster, hosts, parameters });
  const [injection] = await Promise.all([injected, vi.runAllTimersAsync()]);
  return { ...injection, calls };
}

const NOTHING_ARRIVES = Object.fromEntries(
  NAMES.flatMap((from) => NAMES.map((to) => [`${from}>${to}`, 0])),
);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the proof that nothing arrives', () => {
  it.each([
    ['nothing at once', [0], 0, 0],
    ['what was sent before the cut, and then nothing', [3, 1, 0], 0, 1000],
    ['something at each look', [3, 2], 2, 6000],
  ])('%s', async (_, came, least, lookedMs) => {
    const clock = new FakeClock();
    const { cluster } = clusterOn({ arrive: { 'etcd-1>etcd-2': came } });
    expect(await fewestArrivals(cluster, 'etcd-1', 'etcd-2', clock)).toBe(least);
    expect(clock.elapsedMs).toBe(lookedMs);
  });

  it('is none where no look was possible', async () => {
    const { cluster } = clusterOn({});
    const off = { ...cluster, host: () => ({ name: 'etcd-2', state: 'powered-off' }) };
    await expect(
      fewestArrivals(off as unknown as Cluster, 'etcd-1', 'etcd-2', new FakeClock()),
    ).rejects.toThrow('it is powered-off');
  });
});

describe('partition', () => {
  it.each([
    ['the struck host from the others', ['etcd-2'], {}, [['etcd-2'], ['etcd-1', 'etcd-3']]],
    ['all from each other', NAMES, {}, [['etcd-1'], ['etcd-2'], ['etcd-3']]],
    [
      'the named groups',
      ['etcd-1'],
      { groups: ['etcd-1', 'etcd-2, etcd-3'] },
      [['etcd-1'], ['etcd-2', 'etcd-3']],
    ],
  ])('parts %s', async (_, hosts, given, groups) => {
    const { took, calls } = await inject('partition', { arrive: NOTHING_ARRIVES }, hosts, given);
    expect(took).toBe('effect');
    expect(calls).toEqual([`partition ${JSON.stringify([groups])}`]);
  });

  it('has its effect although what was sent before arrives late', async () => {
    const arrive = { ...NOTHING_ARRIVES, 'etcd-2>etcd-3': [2, 0] };
    expect((await inject('partition', { arrive }, NAMES)).took).toBe('effect');
  });

  it('through which something still arrives has no effect', async () => {
    const arrive = { ...NOTHING_ARRIVES, 'etcd-2>etcd-3': 1 };
    expect((await inject('partition', { arrive }, NAMES)).took).toBe('no-effect');
  });

  it('refuses a host that there is not', async () => {
    const given = { groups: ['etcd-1', 'etcd-9'] };
    await expect(inject('partition', {}, NAMES, given)).rejects.toThrow('there is no host etcd-9');
  });

  it('is healed', async () => {
    const { heal, calls } = await inject('partition', { arrive: NOTHING_ARRIVES }, ['etcd-1']);
    await heal();
    expect(calls.at(-1)).toBe('heal []');
  });
});

describe('one-way-cut', () => {
  const deaf = { 'etcd-2>etcd-1': 0, 'etcd-3>etcd-1': 0 };

  it('stops what the others send, and leaves the way back', async () => {
    const { took, evidence, calls } = await inject('one-way-cut', { arrive: deaf }, ['etcd-1']);
    expect([took, evidence]).toEqual([
      'effect',
      'what etcd-2 and etcd-3 send no longer arrives at etcd-1: 0 of 3 packets there, 3 of 3 back',
    ]);
    expect(calls).toEqual([`cut ${JSON.stringify([['etcd-2', 'etcd-3'], ['etcd-1']])}`]);
  });

  it('is not taken for a leak because of what was sent before', async () => {
    const arrive = { ...deaf, 'etcd-2>etcd-1': [3, 0] };
    expect((await inject('one-way-cut', { arrive }, ['etcd-1'])).took).toBe('effect');
  });

  it('needs others to be cut off from', async () => {
    await expect(inject('one-way-cut', {}, NAMES)).rejects.toThrow('must be others');
    await expect(inject('one-way-cut', {}, ['etcd-1'], { from: 'etcd-1' })).rejects.toThrow();
  });

  it('that cuts both ways, or none, is not what was asked for', async () => {
    const took = async (arrive: Record<string, number>) =>
      (await inject('one-way-cut', { arrive }, ['etcd-1'], { from: 'etcd-2' })).took;
    expect(await took({ ...deaf, 'etcd-1>etcd-2': 0 })).toBe('no-effect');
    expect(await took({})).toBe('no-effect');
  });
});

describe('disconnect', () => {
  const cut = { 'etcd-1>etcd-2': 0 };

  it('lets nothing arrive, until the cable is plugged in again', async () => {
    const { took, evidence, calls, heal } = await inject('disconnect', { arrive: cut }, ['etcd-2']);
    await heal();
    expect([took, evidence]).toEqual(['effect', 'etcd-2 is disconnected']);
    expect(calls).toEqual(['disconnect ["etcd-2"]', 'reconnect ["etcd-2"]']);
  });

  it('has its effect although what was sent before arrives late', async () => {
    const arrive = { 'etcd-1>etcd-2': [3, 0] };
    expect((await inject('disconnect', { arrive }, ['etcd-2'])).took).toBe('effect');
  });

  it('has no effect where something still arrives', async () => {
    expect((await inject('disconnect', {}, ['etcd-2'])).took).toBe('no-effect');
  });
});

describe('a bad link', () => {
  it('is late by what a round trip shows', async () => {
    const given = { delayMs: 200, jitterMs: 50 };
    const { took, calls, heal } = await inject('latency', { roundTripMs: 160 }, ['etcd-1'], given);
    expect([took, calls]).toEqual(['effect', ['degrade ["etcd-1",{"delayMs":200,"jitterMs":50}]']]);
    await heal();
    expect(calls.at(-1)).toBe('degrade ["etcd-1",{"delayMs":0,"jitterMs":0}]');
    expect((await inject('latency', { roundTripMs: 3 }, ['etcd-1'], given)).took).toBe('no-effect');
  });

  it('loses what does not arrive', async () => {
    const arrive = { 'etcd-1>etcd-2': 150 };
    const { took, evidence, calls, heal } = await inject('packet-loss', { arrive }, ['etcd-1']);
    expect([took, evidence]).toEqual([
      'effect',
      'etcd-1 loses 20 % of what it sends: 150 of 200 packets arrived',
    ]);
    await heal();
    expect(calls).toEqual([
      'degrade ["etcd-1",{"lossPercent":20}]',
      'degrade ["etcd-1",{"lossPercent":0}]',
    ]);
    expect((await inject('packet-loss', {}, ['etcd-1'])).took).toBe('no-effect');
  });
});

describe('addresses', () => {
  it('that are swapped answer with the other host', async () => {
    const answersAt = { 'etcd-1': 'etcd-3', 'etcd-3': 'etcd-1' };
    const { took, calls, heal } = await inject('swap-addresses', { answersAt }, [
      'etcd-1',
      'etcd-3',
    ]);
    await heal();
    expect([took, calls]).toEqual(['effect', ['swap ["etcd-1","etcd-3"]', 'restore []']]);
  });

  it('are swapped between two hosts and no more', async () => {
    await expect(inject('swap-addresses', {}, ['etcd-1'])).rejects.toThrow('it takes two hosts');
    await expect(inject('swap-addresses', {}, NAMES)).rejects.toThrow('names 3');
  });

  it('that clash answer with a stranger', async () => {
    const answersAt = { 'etcd-1': 'stranger' };
    const { took, calls, heal } = await inject('clash-address', { answersAt }, ['etcd-1']);
    await heal();
    expect([took, calls]).toEqual(['effect', ['clash ["etcd-1"]', 'restore []']]);
  });

  it.each([
    ['swap-addresses', ['etcd-1', 'etcd-2']],
    ['clash-address', ['etcd-1']],
  ])('%s has no effect where the owners still answer', async (name, hosts) => {
    const answersAt = { 'etcd-1': 'etcd-1', 'etcd-2': 'etcd-2' };
    expect((await inject(name, { answersAt }, hosts)).took).toBe('no-effect');
  });
});
