import { isAlive } from '../../exec/processes.ts';
import { HostNetwork, type Stranger } from '../host-network.ts';
import { askForHardware, dropLink, ip, runInside } from './ip.ts';
import { bringStranger } from './stranger.ts';

const BRIDGE = 'kubedrill0';

/** The drill's own network: a bridge inside its network namespace, with no route out. */
export const HARNESS_ADDRESS = '10.77.0.1';

export function addressOf(index: number): string {
  return `10.77.0.${11 + index}`;
}

/** Bridge and links of the hosts of one drill. */
export class BridgeNetwork extends HostNetwork {
  /** By host, its place at the bridge. */
  readonly #indexes = new Map<string, number>();
  readonly #disconnected = new Set<string>();
  protected readonly others = [HARNESS_ADDRESS];
  protected readonly forgetting = ['ip neigh flush dev eth0'];

  static async create(): Promise<BridgeNetwork> {
    await ip(
      `link add ${BRIDGE} type bridge`,
      `addr add ${HARNESS_ADDRESS}/24 dev ${BRIDGE}`,
      `link set ${BRIDGE} up`,
    );
    return new BridgeNetwork();
  }

  async remove(): Promise<void> {
    await this.sendStrangersAway();
    await ip(`link del ${BRIDGE}`);
  }

  /** Plugs a host that has just booted into the bridge; a partition or a pulled cable outlives the boot. */
  async attach(host: string, index: number, address: string, pid: number): Promise<void> {
    this.#indexes.set(host, index);
    const link = linkOf(index);
    await dropLink(link);
    const hardware = hardwareAddressOf(index);
    await ip(
      `link add ${link} type veth peer name eth0 address ${hardware} netns ${pid}`,
      `link set ${link} master ${BRIDGE} ${this.#disconnected.has(host) ? 'down' : 'up'}`,
    );
    const inside = (...commands: readonly string[]) =>
      runInside(pid, 'change the network of a host', ['bash', '-ec', commands.join('\n')]);
    await inside(
      `ip addr add ${this.movedTo(host) ?? address}/24 dev eth0`,
      'ip link set eth0 up',
      'ip link set lo up',
      ...this.welcome(host, { address, hardware, inside, isUp: () => isAlive(pid) }),
    );
  }

  async disconnect(host: string): Promise<void> {
    this.#disconnected.add(host);
    await ip(`link set ${this.#link(host)} down`);
  }

  async reconnect(host: string): Promise<void> {
    this.#disconnected.delete(host);
    await ip(`link set ${this.#link(host)} up`);
  }

  protected bringStranger(
    index: number,
    address: string,
    neighbours: readonly string[],
  ): Promise<Stranger> {
    const port = { link: `stranger${index}`, hardware: `02:00:0a:4d:01:0${index}` };
    return bringStranger(BRIDGE, port, address, neighbours);
  }

  protected hardwareAt(address: string): Promise<string | undefined> {
    return askForHardware(address, BRIDGE);
  }

  protected async othersForget(): Promise<void> {
    await ip(`neigh flush dev ${BRIDGE}`);
  }

  #link(host: string): string {
    const index = this.#indexes.get(host);
    if (index === undefined) throw new Error(`host ${host} has no port at the bridge`);
    return linkOf(index);
  }
}

function hardwareAddressOf(index: number): string {
  return `02:00:0a:4d:00:${(11 + index).toString(16).padStart(2, '0')}`;
}

function linkOf(index: number): string {
  return `host${index}`;
}
