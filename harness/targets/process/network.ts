import { run, runOrThrow } from '../../exec/run.ts';
import type { Network } from '../target.ts';

const BRIDGE = 'kubedrill0';

/** The drill's own network: a bridge inside its network namespace, with no route out. */
export const HARNESS_ADDRESS = '10.77.0.1';

export function addressOf(index: number): string {
  return `10.77.0.${11 + index}`;
}

/** One host's place at the bridge. */
interface Port {
  index: number;
  address: string;
  /** Of the host's first process; changes with each boot. */
  pid: number;
}

/** Bridge, links and routes of the hosts of one drill. */
export class BridgeNetwork implements Network {
  readonly #ports = new Map<string, Port>();
  readonly #disconnected = new Set<string>();
  #groups: readonly (readonly string[])[] = [];

  static async create(): Promise<BridgeNetwork> {
    await ip(['link', 'add', BRIDGE, 'type', 'bridge']);
    await ip(['addr', 'add', `${HARNESS_ADDRESS}/24`, 'dev', BRIDGE]);
    await ip(['link', 'set', BRIDGE, 'up']);
    return new BridgeNetwork();
  }

  async remove(): Promise<void> {
    await ip(['link', 'del', BRIDGE]);
  }

  /** Plugs a host that has just booted into the bridge; a partition or a pulled cable outlives the boot. */
  async attach(host: string, index: number, address: string, pid: number): Promise<void> {
    const link = linkOf(index);
    this.#ports.set(host, { index, address, pid });
    // The kernel removes the link of a host that was switched off in its own time: it may be gone.
    await run('ip', ['link', 'del', link], { timeoutMs: 10_000 });
    const peer = [
      'peer',
      'name',
      'eth0',
      'address',
      hardwareAddressOf(index),
      'netns',
      String(pid),
    ];
    await ip(['link', 'add', link, 'type', 'veth', ...peer]);
    await ip(['link', 'set', link, 'master', BRIDGE, this.#disconnected.has(host) ? 'down' : 'up']);
    await inside(pid, ['addr', 'add', `${address}/24`, 'dev', 'eth0']);
    await inside(pid, ['link', 'set', 'eth0', 'up']);
    await inside(pid, ['link', 'set', 'lo', 'up']);
    await this.#block(host);
  }

  async disconnect(host: string): Promise<void> {
    this.#disconnected.add(host);
    await ip(['link', 'set', linkOf(this.#port(host).index), 'down']);
  }

  async reconnect(host: string): Promise<void> {
    this.#disconnected.delete(host);
    await ip(['link', 'set', linkOf(this.#port(host).index), 'up']);
  }

  async partition(groups: readonly (readonly string[])[]): Promise<void> {
    await this.heal();
    this.#groups = groups;
    for (const host of groups.flat()) await this.#block(host);
  }

  async heal(): Promise<void> {
    const groups = this.#groups;
    this.#groups = [];
    for (const host of groups.flat()) {
      for (const other of strangers(groups, host)) {
        await inside(this.#port(host).pid, [
          'route',
          'del',
          'blackhole',
          `${this.#port(other).address}/32`,
        ]);
      }
    }
  }

  /** A route to nowhere for each address of another group; more specific than the network's own. */
  async #block(host: string): Promise<void> {
    for (const other of strangers(this.#groups, host)) {
      await inside(this.#port(host).pid, [
        'route',
        'add',
        'blackhole',
        `${this.#port(other).address}/32`,
      ]);
    }
  }

  #port(host: string): Port {
    const port = this.#ports.get(host);
    if (!port) throw new Error(`host ${host} has no port at the bridge`);
    return port;
  }
}

function strangers(groups: readonly (readonly string[])[], host: string): string[] {
  const own = groups.find((group) => group.includes(host));
  return own ? groups.filter((group) => group !== own).flat() : [];
}

/** The same for life: with a new one its neighbours would talk to the old one for half a minute after a boot. */
function hardwareAddressOf(index: number): string {
  return `02:00:0a:4d:00:${(11 + index).toString(16).padStart(2, '0')}`;
}

function linkOf(index: number): string {
  return `host${index}`;
}

async function ip(args: readonly string[]): Promise<void> {
  await runOrThrow('lay the network of the drill', 'ip', args, {
    timeoutMs: 10_000,
    kind: 'environment',
    hint: 'kubedrill doctor',
  });
}

async function inside(pid: number, args: readonly string[]): Promise<void> {
  await runOrThrow('give a host its address', 'nsenter', ['-t', String(pid), '-n', 'ip', ...args], {
    timeoutMs: 10_000,
    kind: 'environment',
    hint: 'kubedrill doctor',
  });
}
