import { beforeEach, describe, expect, it } from 'vitest';
import { HostNetwork, type Stranger } from '../../../harness/targets/host-network.ts';

/** Three hosts whose networks only remember what they were told. */
class RecordingNetwork extends HostNetwork {
  readonly told = new Map<string, string[]>();
  readonly up = new Set<string>();
  protected readonly others = ['10.0.0.1'];
  protected readonly forgetting = ['forget'];

  boot(name: string, number: number): void {
    this.up.add(name);
    const commands = this.welcome(name, {
      address: `10.0.0.${number}`,
      hardware: `02:${number}`,
      isUp: () => this.up.has(name),
      inside: async (...more) => void this.told.get(name)?.push(...more),
    });
    this.told.set(name, commands);
  }

  /** What a host was told since the last look. */
  news(name: string): string[] {
    return this.told.get(name)?.splice(0) ?? [];
  }

  async disconnect(): Promise<void> {}
  async reconnect(): Promise<void> {}
  protected async othersForget(): Promise<void> {}
  protected async bringStranger(): Promise<Stranger> {
    return { leave: async () => {} };
  }
  protected async hardwareAt(address: string): Promise<string | undefined> {
    return address === '10.0.0.13' ? '02:12' : undefined;
  }
}

const from = (number: number) => `pref 10 from 10.0.0.${number} iif eth0 blackhole`;

describe('the network of hosts', () => {
  let network: RecordingNetwork;
  beforeEach(() => {
    network = new RecordingNetwork();
    for (const number of [11, 12, 13]) network.boot(`h${number}`, number);
    for (const number of [11, 12, 13]) network.news(`h${number}`);
  });

  it('cuts one way where packets arrive, and the same cut once', async () => {
    await network.cut(['h11'], ['h12']);
    await network.cut(['h11'], ['h12']);
    expect(network.news('h12')).toEqual([`ip rule add ${from(11)}`]);
    expect(network.news('h11')).toEqual([]);
  });

  it('splits into groups, and a new split ends the one before', async () => {
    await network.partition([['h11'], ['h12', 'h13']]);
    expect(network.news('h11')).toEqual([`ip rule add ${from(12)}`, `ip rule add ${from(13)}`]);
    expect(network.news('h12')).toEqual([`ip rule add ${from(11)}`]);
    await network.partition([['h11', 'h12'], ['h13']]);
    expect(network.news('h11')).toEqual([`ip rule del ${from(12)}`]);
    expect(network.news('h12')).toEqual([`ip rule add ${from(13)}`, `ip rule del ${from(11)}`]);
  });

  it('is whole again when healed', async () => {
    await network.partition([['h11'], ['h12', 'h13']]);
    network.news('h13');
    await network.heal();
    expect(network.news('h13')).toEqual([`ip rule del ${from(11)}`]);
    await network.heal();
    expect(network.news('h13')).toEqual([]);
  });

  it('tells a host that was off of its cuts and its worn link when it boots', async () => {
    await network.degrade('h12', { lossPercent: 10 });
    network.news('h12');
    network.up.delete('h12');
    await network.cut(['h13'], ['h12']);
    expect(network.news('h12')).toEqual([]);
    network.boot('h12', 12);
    expect(network.news('h12')).toEqual([
      'ip rule add pref 100 lookup local',
      'ip rule del pref 0',
      `ip rule add ${from(13)}`,
      'iptables -A OUTPUT -o eth0 -m statistic --mode random --probability 0.1 -j DROP',
    ]);
  });

  it('gives each of two hosts the address of the other, and both their own back', async () => {
    await network.swapAddresses('h11', 'h12');
    expect(network.news('h11')).toContain('ip addr add 10.0.0.12/24 dev eth0');
    expect(network.news('h12')).toContain('ip addr add 10.0.0.11/24 dev eth0');
    await network.restoreAddresses();
    expect(network.news('h11')).toContain('ip addr add 10.0.0.11/24 dev eth0');
    expect(network.news('h13')).toEqual(['forget', 'forget']);
  });

  it('says who answers at an address: a host by its hardware, or nobody', async () => {
    expect(await network.whoAnswersAt('h13')).toBe('h12');
    expect(await network.whoAnswersAt('h11')).toBeUndefined();
  });
});
