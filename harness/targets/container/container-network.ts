import { describeEnding, lastLines } from '../../exec/run.ts';
import { environmentError } from '../../support/errors.ts';
import type { RunningHost } from '../host.ts';
import { HostNetwork, type Stranger, takingAddress } from '../host-network.ts';
import { ASK_FOR_HARDWARE, CLAIM_ADDRESS, hardwareIn } from '../neighbours.ts';
import { OPERATOR } from '../operator.ts';
import type { Engine } from './engine.ts';
import { runLabels } from './labels.ts';
import { PinnedContainer, type Place } from './pinned-container.ts';
import { isHere, makeNetwork, type OwnNetwork } from './subnet.ts';

const TIMEOUT_MS = 20_000;
/** Of the last byte of their addresses: the operator's, then the hosts', far behind them the strangers'. */
const OPERATOR_NUMBER = 10;
const STRANGER_NUMBER = 200;

/**
 * The network of one drill's containers. Everything is done from inside the hosts, who may change their
 * own networks (NET_ADMIN): a packet is dropped where it arrives. Docker itself knows nothing of it.
 */
export class ContainerNetwork extends HostNetwork {
  readonly #engine: Engine;
  readonly #runId: string;
  readonly #image: string;
  readonly #own: OwnNetwork;
  /** Hosts that run; nothing can be done in the network of one that is frozen. */
  readonly #running = new Map<string, RunningHost>();
  readonly #disconnected = new Set<string>();
  #operator: RunningHost | undefined;
  protected readonly others: readonly string[];
  protected readonly forgetting: readonly string[];

  private constructor(engine: Engine, runId: string, image: string, own: OwnNetwork) {
    super();
    this.#engine = engine;
    this.#runId = runId;
    this.#image = image;
    this.#own = own;
    const gateway = `${own.prefix}.1`;
    this.others = [gateway, `${own.prefix}.${OPERATOR_NUMBER}`];
    // The question that follows tells the harness, whose neighbours only root of the machine may change.
    this.forgetting = ['ip neigh flush dev eth0', `echo > /dev/udp/${gateway}/9 || true`];
  }

  static async create(engine: Engine, runId: string, image: string): Promise<ContainerNetwork> {
    return new ContainerNetwork(engine, runId, image, await makeNetwork(engine, runId));
  }

  /** Whether this machine can send to its hosts; known when one of them runs. */
  get isHere(): boolean {
    return isHere(this.#own);
  }

  operatorPlace(): Place {
    return this.#place(OPERATOR_NUMBER);
  }

  hostPlace(index: number): Place {
    return this.#place(OPERATOR_NUMBER + 1 + index);
  }

  /** A host has just booted. A partition or a pulled cable outlives the boot. */
  async booted(host: RunningHost, { address, hardware }: Place): Promise<void> {
    this.#running.set(host.name, host);
    if (host.name === OPERATOR) {
      this.#operator = host;
      return;
    }
    const moved = this.movedTo(host.name);
    const inside = (...commands: readonly string[]) => change(host, commands);
    const isUp = () => this.#running.has(host.name);
    await inside(
      ...this.welcome(host.name, { address, hardware, inside, isUp }),
      ...(moved === undefined ? [] : takingAddress(moved)),
    );
  }

  /** A host is off or frozen. */
  away(host: string): void {
    this.#running.delete(host);
  }

  /** A frozen host goes on, and gets the rules that came meanwhile. */
  async resumed(host: RunningHost): Promise<void> {
    this.#running.set(host.name, host);
    await this.applyRules();
  }

  async disconnect(host: string): Promise<void> {
    this.#disconnected.add(host);
    await this.applyRules();
  }

  async reconnect(host: string): Promise<void> {
    this.#disconnected.delete(host);
    await this.applyRules();
  }

  /** Nothing arrives at a host without a cable, and nothing from it anywhere. */
  protected override rulesOf(host: string): string[] {
    const silent = [...this.#disconnected].filter((other) => other !== host);
    return [
      ...new Set([...super.rulesOf(host), ...silent.map((other) => this.dropping(other))]),
      ...(this.#disconnected.has(host) ? ['pref 9 iif eth0 blackhole'] : []),
    ];
  }

  protected async bringStranger(
    index: number,
    address: string,
    neighbours: readonly string[],
  ): Promise<Stranger> {
    const claim = [...takingAddress(address), CLAIM_ADDRESS].join('\n');
    const started = await new PinnedContainer(this.#image)
      .withLabels(runLabels(this.#runId))
      .withPlace(this.#place(STRANGER_NUMBER + index))
      .withAddedCapabilities('NET_ADMIN')
      .withEntrypoint(['bash', '-c', claim, 'stranger', ...neighbours])
      .withCommand([])
      .start();
    const container = this.#engine.getContainer(started.getId());
    return { leave: async () => void (await container.remove({ force: true })) };
  }

  protected async hardwareAt(address: string): Promise<string | undefined> {
    const env = { ADDRESS: address, DEVICE: 'eth0' };
    const options = { timeoutMs: TIMEOUT_MS, shell: 'bash', env };
    const asked = await this.#operator?.shell(ASK_FOR_HARDWARE, options);
    return asked?.exitCode === 0 ? hardwareIn(asked.stdout) : undefined;
  }

  protected async othersForget(): Promise<void> {
    if (this.#operator) await change(this.#operator, ['ip neigh flush dev eth0']);
  }

  /** The hardware address as engines up to 27 make it of the other one. */
  #place(number: number): Place {
    const address = `${this.#own.prefix}.${number}`;
    const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
    return { network: this.#own.name, address, hardware: ['02', '42', ...bytes].join(':') };
  }
}

async function change(host: RunningHost, commands: readonly string[]): Promise<void> {
  const finished = await host.shell(commands.join('\n'), { timeoutMs: TIMEOUT_MS });
  if (finished.exitCode === 0) return;
  throw environmentError(
    `change the network of ${host.name}`,
    `${describeEnding(finished)}: ${lastLines(finished.stderr, 3)}`,
    'kubedrill doctor',
  );
}
