import { done, notYet, until } from '../support/until.ts';
import { GOOD_LINK, type Link, type Network } from './target.ts';

const ANSWER_TIMEOUT_MS = 1000;

/** One host's place in the network. */
export interface Port {
  /** Which it ought to have. */
  address: string;
  /** The same for life: with a new one its neighbours would talk to the old one for half a minute after a boot. */
  hardware: string;
  /** Whether it runs; what is done to the network meanwhile is made good when it does. */
  isUp(): boolean;
  /** Runs commands in the host's network. @throws DrillError (environment) at the first that fails. */
  inside(...commands: readonly string[]): Promise<void>;
}

/** A machine that is none of the hosts: it runs nothing, and answers on an address that is another's. */
export interface Stranger {
  leave(): Promise<void>;
}

/** What one host sends does not arrive at another. */
interface Cut {
  from: string;
  to: string;
}

/**
 * Rules, links and addresses of the hosts of one drill, by the tools of their own networks. What is
 * done to a host outlives its reboots.
 */
export abstract class HostNetwork implements Network {
  readonly #ports = new Map<string, Port>();
  /** Rules that a host's network has by now. */
  readonly #rules = new Map<string, ReadonlySet<string>>();
  readonly #links = new Map<string, Link>();
  /** Addresses of hosts that have another one than they ought to. */
  readonly #moved = new Map<string, string>();
  #cuts: Cut[] = [];
  #strangers: Stranger[] = [];

  abstract disconnect(host: string): Promise<void>;
  abstract reconnect(host: string): Promise<void>;
  /** Brings a machine that claims an address, and makes all of `neighbours` believe it. */
  protected abstract bringStranger(
    index: number,
    address: string,
    neighbours: readonly string[],
  ): Promise<Stranger>;
  /** The hardware address that answers for an address, found out anew; undefined when none has yet. */
  protected abstract hardwareAt(address: string): Promise<string | undefined>;
  /** Commands by which a host forgets its neighbours, and they learn where it is. */
  protected abstract readonly forgetting: readonly string[];
  /** The same of who is in the network and is no host. */
  protected abstract othersForget(): Promise<void>;
  /** Addresses in the network that no host has. */
  protected abstract readonly others: readonly string[];

  async partition(groups: readonly (readonly string[])[]): Promise<void> {
    this.#cuts = [];
    for (const group of groups) {
      this.#addCuts(group, groups.filter((other) => other !== group).flat());
    }
    await this.applyRules();
  }

  async cut(from: readonly string[], to: readonly string[]): Promise<void> {
    this.#addCuts(from, to);
    await this.applyRules();
  }

  async heal(): Promise<void> {
    this.#cuts = [];
    await this.applyRules();
  }

  async degrade(host: string, change: Partial<Link>): Promise<void> {
    const before = this.#links.get(host) ?? GOOD_LINK;
    const link = { ...before, ...change };
    this.#links.set(host, link);
    if (this.port(host).isUp()) await this.port(host).inside(...wear(before, link));
  }

  async swapAddresses(one: string, other: string): Promise<void> {
    const [first, second] = [this.addressNow(one), this.addressNow(other)];
    await this.#move(one, second);
    await this.#move(other, first);
    await this.#forgetNeighbours();
  }

  async clash(host: string): Promise<void> {
    const neighbours = this.hosts().filter((other) => other !== host);
    const stranger = await this.bringStranger(this.#strangers.length, this.addressNow(host), [
      ...this.others,
      ...neighbours.map((other) => this.addressNow(other)),
    ]);
    this.#strangers.push(stranger);
    await this.#forgetNeighbours();
  }

  async restoreAddresses(): Promise<void> {
    await this.sendStrangersAway();
    for (const host of [...this.#moved.keys()]) await this.#move(host, this.port(host).address);
    await this.#forgetNeighbours();
  }

  async whoAnswersAt(host: string): Promise<string | undefined> {
    const { address } = this.port(host);
    const hardware = await until(
      `${address} answers`,
      async () => {
        const answered = await this.hardwareAt(address);
        return answered === undefined ? notYet('nobody answers') : done(answered);
      },
      { timeoutMs: ANSWER_TIMEOUT_MS, intervalMs: 50 },
    ).catch(() => undefined);
    if (hardware === undefined) return undefined;
    const owner = [...this.#ports].find(([, port]) => port.hardware === hardware);
    return owner?.[0] ?? 'stranger';
  }

  protected async sendStrangersAway(): Promise<void> {
    for (const stranger of this.#strangers.splice(0)) await stranger.leave();
  }

  /** Remembers where a host that has just booted is. @returns the commands that make good what was done to it before. */
  protected welcome(host: string, port: Port): string[] {
    this.#ports.set(host, port);
    const rules = this.rulesOf(host);
    this.#rules.set(host, new Set(rules));
    return [
      // Rules that drop what arrives stand before the table that would deliver it.
      'ip rule add pref 100 lookup local',
      'ip rule del pref 0',
      ...rules.map((rule) => `ip rule add ${rule}`),
      ...wear(GOOD_LINK, this.#links.get(host) ?? GOOD_LINK),
    ];
  }

  /** What a host's network must not let in. */
  protected rulesOf(host: string): string[] {
    return this.#cuts.filter(({ to }) => to === host).map(({ from }) => this.dropping(from));
  }

  protected dropping(from: string): string {
    return `pref 10 from ${this.port(from).address} iif eth0 blackhole`;
  }

  /** Gives every host that is up the rules that it should have. */
  protected async applyRules(): Promise<void> {
    await Promise.all(
      [...this.#ports].map(async ([host, port]) => {
        if (!port.isUp()) return;
        const before = this.#rules.get(host) ?? new Set<string>();
        const after = new Set(this.rulesOf(host));
        this.#rules.set(host, after);
        const commands = [
          ...[...after].filter((rule) => !before.has(rule)).map((rule) => `ip rule add ${rule}`),
          ...[...before].filter((rule) => !after.has(rule)).map((rule) => `ip rule del ${rule}`),
        ];
        if (commands.length > 0) await port.inside(...commands);
      }),
    );
  }

  protected addressNow(host: string): string {
    return this.#moved.get(host) ?? this.port(host).address;
  }

  /** undefined while it has the one it ought to have. */
  protected movedTo(host: string): string | undefined {
    return this.#moved.get(host);
  }

  protected hosts(): string[] {
    return [...this.#ports.keys()];
  }

  protected port(host: string): Port {
    const port = this.#ports.get(host);
    if (!port) throw new Error(`host ${host} has no port in the network`);
    return port;
  }

  #addCuts(from: readonly string[], to: readonly string[]): void {
    this.#cuts.push(...from.flatMap((sender) => to.map((each) => ({ from: sender, to: each }))));
  }

  async #move(host: string, address: string): Promise<void> {
    const port = this.port(host);
    if (address === port.address) this.#moved.delete(host);
    else this.#moved.set(host, address);
    if (port.isUp()) await port.inside(...takingAddress(address));
  }

  /** What hosts do that tell everybody about their new address. */
  async #forgetNeighbours(): Promise<void> {
    await this.othersForget();
    const up = [...this.#ports.values()].filter((port) => port.isUp());
    await Promise.all(up.map((port) => port.inside(...this.forgetting)));
  }
}

/** Commands that give a host's interface this address and no other. */
export function takingAddress(address: string): string[] {
  return ['ip addr flush dev eth0 scope global', `ip addr add ${address}/24 dev eth0`];
}

/** Delay is the queue's work, loss the packet filter's: not every kernel has both. */
function wear(before: Link, link: Link): string[] {
  return [
    ...(before.delayMs > 0 ? ['tc qdisc del dev eth0 root'] : []),
    ...(before.lossPercent > 0 ? [`iptables -D ${losing(before)}`] : []),
    ...(link.delayMs > 0
      ? [`tc qdisc add dev eth0 root netem delay ${link.delayMs}ms ${link.jitterMs}ms`]
      : []),
    ...(link.lossPercent > 0 ? [`iptables -A ${losing(link)}`] : []),
  ];
}

function losing({ lossPercent }: Link): string {
  return `OUTPUT -o eth0 -m statistic --mode random --probability ${lossPercent / 100} -j DROP`;
}
