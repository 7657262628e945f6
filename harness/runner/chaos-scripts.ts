import { mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ChaosHost, Request } from '../chaos/message.ts';
import { runScript } from '../chaos/run-script.ts';
import { lastLines } from '../exec/run.ts';
import type { ChaosEntry, ChaosMoment } from '../model/scenario.ts';
import { type Random, seededRandom } from '../support/random.ts';
import { redact } from '../support/redaction.ts';
import { done, notYet, until } from '../support/until.ts';
import { requireRunning } from '../targets/services.ts';
import type { Cluster } from '../targets/target.ts';
import type { DrillContext } from './drill-context.ts';
import type { Strike, Strikes } from './strikes.ts';

const OUTPUT_LINES = 200;
/** Where the scripts of a phase are healed as they end, because nothing else would heal them after it. */
const AFTER_HEALING: readonly ChaosMoment[] = ['recover', 'settle'];

interface Loop {
  entry: ChaosEntry;
  index: number;
  turns: number;
  failure: unknown;
  over: Promise<void>;
}

/** The chaos scripts of a drill: each beside its phase, loops from the fault until the recovery. */
export class ChaosScripts {
  readonly #context: DrillContext;
  readonly #cluster: Cluster;
  readonly #strikes: Strikes;
  readonly #hosts: ChaosHost[];
  readonly #end = new AbortController();
  readonly #recovery = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #loops: Loop[] = [];

  constructor(context: DrillContext, cluster: Cluster, strikes: Strikes) {
    this.#context = context;
    this.#cluster = cluster;
    this.#strikes = strikes;
    this.#hosts = cluster.hosts().map(({ name, address }) => ({
      name,
      address,
      roles: [
        ...(cluster.members.some(({ host }) => host === name) ? (['member'] as const) : []),
        ...(cluster.apiServers.some(({ host }) => host === name)
          ? (['control-plane'] as const)
          : []),
      ],
    }));
    context.cleanup.register('chaos scripts', async () => {
      this.#end.abort();
      await Promise.allSettled(this.#running);
    });
  }

  /**
   * Does what a phase does, with its scripts beside it; ends when all have ended.
   * @throws what a script died of, before what the phase did.
   */
  async beside<T>(moment: ChaosMoment, act: () => Promise<T>): Promise<T> {
    const failed = new AbortController();
    const scripts = this.#entries(moment).map(({ entry, index }) =>
      this.#once(entry, index, 1, failed.signal),
    );
    // Heard of at the end, not as a rejection that nobody handles.
    const ended = Promise.allSettled(scripts);
    const acted = await act().then(
      (value) => () => value,
      (thrown) => {
        // Nothing that follows would be proven any more.
        failed.abort();
        return () => {
          throw thrown;
        };
      },
    );
    for (const outcome of await ended) if (outcome.status === 'rejected') throw outcome.reason;
    return acted();
  }

  /** From the fault on. */
  startLoops(): void {
    this.#loops = this.#entries('until-recovery').map(({ entry, index }) => {
      const loop: Loop = { entry, index, turns: 0, failure: undefined, over: Promise.resolve() };
      loop.over = this.#repeat(loop);
      return loop;
    });
  }

  /** Lets every loop have its turns, then ends them. @throws what one of them died of. */
  async endLoops(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => this.#enough(loop)));
    this.#recovery.abort();
    await Promise.all(this.#loops.map(({ over }) => over));
    for (const { failure } of this.#loops) if (failure !== undefined) throw failure;
  }

  #entries(moment: ChaosMoment): { entry: ChaosEntry; index: number }[] {
    return this.#context.plan.scenario.chaos
      .map((entry, index) => ({ entry, index }))
      .filter(({ entry }) => entry.at === moment);
  }

  async #repeat(loop: Loop): Promise<void> {
    const { signal } = this.#context;
    try {
      while (!this.#recovery.signal.aborted && !this.#end.signal.aborted && !signal.aborted) {
        await this.#once(loop.entry, loop.index, loop.turns + 1, this.#end.signal);
        loop.turns += 1;
      }
    } catch (thrown) {
      loop.failure = thrown;
    }
  }

  async #enough(loop: Loop): Promise<void> {
    const { script, turns, timeoutMs } = loop.entry;
    await until(
      `${script} has had ${turns} turns`,
      () =>
        loop.turns < turns && loop.failure === undefined
          ? notYet(`${loop.turns} turns`)
          : done(true),
      { timeoutMs: turns * timeoutMs, intervalMs: 20, signal: this.#context.signal },
    );
  }

  async #once(entry: ChaosEntry, index: number, turn: number, stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const running = this.#run(entry, index, turn, stop, over.signal).finally(() => over.abort());
    this.#running.add(running);
    await running.finally(() => this.#running.delete(running));
  }

  /** @param over aborts when the script has ended: what it still runs on hosts ends with it. */
  async #run(
    entry: ChaosEntry,
    index: number,
    turn: number,
    stop: AbortSignal,
    over: AbortSignal,
  ): Promise<void> {
    const { plan, directory, journal, signal } = this.#context;
    const folder = join(directory, 'chaos');
    mkdirSync(folder, { recursive: true });
    // Each script and turn has numbers of its own, so that it matters to nobody who comes first.
    const seed = seededRandom(plan.seed + 7919 * (index + 1) + 104_729 * turn).below(2 ** 31);
    const random = seededRandom(seed);
    const strikes: Strike[] = [];
    const say = (message: string) => journal.note('info', redact(`${entry.script}: ${message}`));
    if (turn === 1) say(`begins (${entry.at}, seed ${seed})`);
    await runScript({
      file: resolve(dirname(plan.scenarioFile), entry.script),
      name: entry.script,
      hosts: this.#hosts,
      seed,
      turn,
      settings: entry.with,
      timeoutMs: entry.timeoutMs,
      logFile: join(folder, `${index + 1}-${basename(entry.script, '.mjs')}.log`),
      signal: AbortSignal.any([signal, this.#end.signal, stop]),
      recovery: entry.at === 'until-recovery' ? this.#recovery.signal : NEVER,
      serve: (request) => this.#serve(request, random, strikes, over),
      log: say,
    });
    if (!AFTER_HEALING.includes(entry.at)) return;
    for (const { heal } of strikes.reverse()) await heal();
  }

  async #serve(
    request: Request,
    random: Random,
    strikes: Strike[],
    over: AbortSignal,
  ): Promise<unknown> {
    if (request.type === 'lost') return this.#strikes.struck(request.hosts);
    if (request.type === 'fault') {
      const strike = await this.#strikes.strike(request.call, random);
      strikes.push(strike);
      const { hosts, took, evidence } = strike;
      return { hosts, took, evidence };
    }
    const host = requireRunning(this.#cluster.host(request.host));
    const { timeoutMs } = request;
    const finished = await host.shell(request.script, { timeoutMs, signal: over });
    const { exitCode, problem } = finished;
    return {
      stdout: lastLines(finished.stdout, OUTPUT_LINES),
      stderr: lastLines(finished.stderr, OUTPUT_LINES),
      exitCode,
      problem,
    };
  }
}

const NEVER: AbortSignal = new AbortController().signal;
