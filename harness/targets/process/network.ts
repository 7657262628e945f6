import { done, notYet, until } from '../../support/until.ts';
import { GOOD_LINK, type Link, type Network } from '../target.ts';
import { askForHardware, dropLink, ip, ipInside, runInside } from './ip.ts';
import { bringStranger, type Stranger } from './stranger.ts';

const BRIDGE = 'kubedrill0';
const ANSWER_TIMEOUT_MS = 1000;

/** The drill's own network: a bridge inside its network namespace, with no route out. */
export const HARNESS_ADDRESS = '10.77.0.1';

export function addressOf(index: number): string {
  return `10.77.0.${11 + index}`;
}

/** One host's place at the bridge. */
interface Port {
  index: number;
  /** Which it ought to have. */
  address: string;
  /** Of the host's first process; changes with each boot. */
  pid: number;
}

/** What one host sends does not arrive at another. */
interface Cut {
  from: string;
  to: string;
}

/** Bridge, links and rules of the hosts of one drill. What is done to a host outlives its reboots. */
export class BridgeNetwork implements Network {
  readonly #ports = new Map<string, Port>();
  readonly #disconnected = new Set<string>();
  readonly #links = new Map<string, Link>();
  /** Addresses of hosts that have another one than they ought to. */
  readonly #moved = new Map<string, string>();
  #cuts: Cut[] = [];
  #strangers: Stranger[] = [];

  static async create(): Promise<BridgeNetwork> {
    await ip(
      `link add ${BRIDGE} type bridge`,
      `addr add ${HARNESS_ADDRESS}/24 dev ${BRIDGE}`,
      `link set ${BRIDGE} up`,
    );
    return new BridgeNetwork();
  }

  async remove(): Promise<void> {
    for (const stranger of this.#strangers.splice(0)) await stranger.leave();
    await ip(`link del ${BRIDGE}`);
  }

  /** Plugs a host that has just booted into the bridge; a partition or a pulled cable outlives the boot. */
  async attach(host: string, index: number, address: string, pid: number): Promise<void> {
    const link = linkOf(index);
    this.#ports.set(host, { index, address, pid });
    await dropLink(link);
    const peer = `peer name eth0 address ${hardwareAddressOf(index)} netns ${pid}`;
    await ip(
      `link add ${link} type veth ${peer}`,
      `link set ${link} master ${BRIDGE} ${this.#disconnected.has(host) ? 'down' : 'up'}`,
    );
    await ipInside(
      pid,
      `addr add ${this.#moved.get(host) ?? address}/24 dev eth0`,
      'link set eth0 up',
      'link set lo up',
      // Rules that drop what arrives stand before the table that would deliver it.
      'rule add pref 100 lookup local',
      'rule del pref 0',
      ...this.#cuts.filter(({ to }) => to === host).map((cut) => `rule add ${this.#rule(cut)}`),
    );
    const worn = this.#links.get(host);
    if (worn) await setLink(pid, GOOD_LINK, worn);
  }

  async disconnect(host: string): Promise<void> {
    this.#disconnected.add(host);
    await ip(`link set ${linkOf(this.#port(host).index)} down`);
  }

  async reconnect(host: string): Promise<void> {
    this.#disconnected.delete(host);
    await ip(`link set ${linkOf(this.#port(host).index)} up`);
  }

  async partition(groups: readonly (readonly string[])[]): Promise<void> {
    await this.heal();
    for (const group of groups) {
      await this.cut(group, groups.filter((other) => other !== group).flat());
    }
  }

  async cut(from: readonly string[], to: readonly string[]): Promise<void> {
    const added = from
      .flatMap((sender) => to.map((receiver) => ({ from: sender, to: receiver })))
      .filter((cut) => !this.#cuts.some((known) => isSame(known, cut)));
    this.#cuts.push(...added);
    for (const cut of added) await ipInside(this.#port(cut.to).pid, `rule add ${this.#rule(cut)}`);
  }

  async heal(): Promise<void> {
    const ended = this.#cuts;
    this.#cuts = [];
    for (const cut of ended) await ipInside(this.#port(cut.to).pid, `rule del ${this.#rule(cut)}`);
  }

  async degrade(host: string, change: Partial<Link>): Promise<void> {
    const before = this.#links.get(host) ?? GOOD_LINK;
    const link = { ...before, ...change };
    this.#links.set(host, link);
    await setLink(this.#port(host).pid, before, link);
  }

  async swapAddresses(one: string, other: string): Promise<void> {
    const [first, second] = [this.#addressNow(one), this.#addressNow(other)];
    await this.#move(one, second);
    await this.#move(other, first);
    await this.#forgetNeighbours();
  }

  async clash(host: string): Promise<void> {
    const index = this.#strangers.length;
    const neighbours = [...this.#ports.keys()].filter((other) => other !== host);
    const port = { link: `stranger${index}`, hardware: `02:00:0a:4d:01:0${index}` };
    const address = this.#addressNow(host);
    this.#strangers.push(
      await bringStranger(BRIDGE, port, address, [
        HARNESS_ADDRESS,
        ...neighbours.map((other) => this.#addressNow(other)),
      ]),
    );
    await this.#forgetNeighbours();
  }

  async restoreAddresses(): Promise<void> {
    for (const stranger of this.#strangers.splice(0)) await stranger.leave();
    for (const host of [...this.#moved.keys()]) await this.#move(host, this.#port(host).address);
    await this.#forgetNeighbours();
  }

  async whoAnswersAt(host: string): Promise<string | undefined> {
    const { address } = this.#port(host);
    const hardware = await until(
      `${address} answers`,
      async () => {
        const answered = await askForHardware(address, BRIDGE);
        return answered === undefined ? notYet('nobody answers') : done(answered);
      },
      { timeoutMs: ANSWER_TIMEOUT_MS, intervalMs: 50 },
    ).catch(() => undefined);
    if (hardware === undefined) return undefined;
    const owner = [...this.#ports].find(([, { index }]) => hardwareAddressOf(index) === hardware);
    return owner?.[0] ?? 'stranger';
  }

  #rule({ from }: Cut): string {
    return `pref 10 from ${this.#port(from).address} iif eth0 blackhole`;
  }

  #addressNow(host: string): string {
    return this.#moved.get(host) ?? this.#port(host).address;
  }

  async #move(host: string, address: string): Promise<void> {
    const { pid, address: own } = this.#port(host);
    if (address === own) this.#moved.delete(host);
    else this.#moved.set(host, address);
    await ipInside(pid, 'addr flush dev eth0 scope global', `addr add ${address}/24 dev eth0`);
  }

  /** What hosts do that tell everybody about their new address. */
  async #forgetNeighbours(): Promise<void> {
    await ip(`neigh flush dev ${BRIDGE}`);
    for (const { pid } of this.#ports.values()) await ipInside(pid, 'neigh flush dev eth0');
  }

  #port(host: string): Port {
    const port = this.#ports.get(host);
    if (!port) throw new Error(`host ${host} has no port at the bridge`);
    return port;
  }
}

function isSame(one: Cut, other: Cut): boolean {
  return one.from === other.from && one.to === other.to;
}

/** The same for life: with a new one its neighbours would talk to the old one for half a minute after a boot. */
function hardwareAddressOf(index: number): string {
  return `02:00:0a:4d:00:${(11 + index).toString(16).padStart(2, '0')}`;
}

function linkOf(index: number): string {
  return `host${index}`;
}

/** Delay is the queue's work, loss the packet filter's: not every kernel has both. */
async function setLink(pid: number, before: Link, link: Link): Promise<void> {
  const steps = [
    ...(before.delayMs > 0 ? ['tc qdisc del dev eth0 root'] : []),
    ...(before.lossPercent > 0 ? [`iptables -D ${losing(before)}`] : []),
    ...(link.delayMs > 0
      ? [`tc qdisc add dev eth0 root netem delay ${link.delayMs}ms ${link.jitterMs}ms`]
      : []),
    ...(link.lossPercent > 0 ? [`iptables -A ${losing(link)}`] : []),
  ];
  for (const step of steps) await runInside(pid, 'wear out the link of a host', step.split(' '));
}

function losing({ lossPercent }: Link): string {
  return `OUTPUT -o eth0 -m statistic --mode random --probability ${lossPercent / 100} -j DROP`;
}
