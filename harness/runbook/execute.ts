import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeEnding, type Finished, lastLines } from '../exec/run.ts';
import type { EventBody } from '../model/event.ts';
import type { Block, Runbook, Step } from '../model/runbook.ts';
import { DrillError, usageError } from '../support/errors.ts';
import { redact } from '../support/redaction.ts';
import type { Host, RunningHost } from '../targets/host.ts';
import { didYouMean } from './problem.ts';
import { type Cast, select } from './roles.ts';
import { inSession, readyToPaste } from './shell-session.ts';

type WithoutDrill<E> = E extends unknown ? Omit<E, 'drill' | 'round'> : never;
/** What the journal learns of a block on a host; the runner adds drill and round. */
export type StepEvent = WithoutDrill<
  Extract<EventBody, { type: 'step-started' } | { type: 'step-ended' }>
>;

export interface ExecutionContext {
  cast: Cast;
  /** The host as it is now. */
  host(name: string): Host;
  /** All variables of a host (`variablesFor`). */
  variables(host: string): Readonly<Record<string, string>>;
  /**
   * What hosts know as BACKUP_DIR, as the harness sees it; sessions keep their state below it
   * while they last.
   */
  backupDir: string;
  signal?: AbortSignal | undefined;
  onStep(event: StepEvent): void;
}

/**
 * A block that did not do what it should: what a drill proves about a procedure, not a fault of
 * the harness.
 */
export class BlockFailed extends DrillError {
  readonly step: number;
  readonly title: string;
  readonly host: string;
  readonly exitCode: number | null;

  constructor(
    where: { step: Step; block: Block; host: string; file: string },
    parts: { happened: string; output?: string; hint: string; exitCode: number | null },
  ) {
    const { step, block, host, file } = where;
    super({
      kind: 'drill',
      attempted: `run step ${step.number}, "${step.title}", on ${host} (${file}:${block.line})`,
      happened: parts.happened,
      output: parts.output,
      hint: parts.hint,
    });
    this.name = 'BlockFailed';
    this.step = step.number;
    this.title = step.title;
    this.host = host;
    this.exitCode = parts.exitCode;
  }
}

/**
 * Runs a runbook, block by block, on the hosts that each names, up to the first block that fails.
 * @returns the variables that blocks gave with `output=`.
 * @throws BlockFailed when a block fails or its host is not running; DrillError (usage) before the
 *   first block when a role selects nobody or an input is missing; DrillError (interrupted) when
 *   the signal aborts.
 */
export async function executeRunbook(
  runbook: Runbook,
  context: ExecutionContext,
): Promise<Record<string, string>> {
  requireHosts(runbook, context.cast);
  requireInputs(runbook, context);
  const execution = new Execution(runbook, context);
  await mkdir(execution.sessions, { recursive: true, mode: 0o700 });
  try {
    for (const step of runbook.steps)
      for (const block of step.blocks) await execution.runBlock(step, block);
  } finally {
    await rm(execution.sessions, { recursive: true, force: true });
  }
  return execution.outputs;
}

function requireHosts(runbook: Runbook, cast: Cast): void {
  for (const step of runbook.steps) {
    for (const block of step.blocks) {
      if (block.optional || select(block.on, cast).length > 0) continue;
      throw usageError(
        `run step ${step.number}, "${step.title}" (${runbook.file}:${block.line})`,
        `on=${block.on} selects no host here${didYouMean(block.on, cast.hosts)}`,
        `hosts: ${cast.hosts.join(', ')}; lost: ${cast.lost.join(', ') || 'none'}. ` +
          'Mark the block `optional` if that may be',
      );
    }
  }
}

function requireInputs(runbook: Runbook, context: ExecutionContext): void {
  const [host = context.cast.operator] = context.cast.hosts;
  const given = context.variables(host);
  for (const [name, meaning] of Object.entries(runbook.frontMatter.inputs)) {
    if (name in given) continue;
    throw usageError(
      `run ${runbook.name}`,
      `its input ${name} (${meaning}) has no value`,
      `give it under \`variables\` of the scenario's recovery entry`,
    );
  }
}

/**
 * Below BACKUP_DIR, because that is the one folder that every host has and that goes with the run.
 */
const SESSIONS = '.sessions';

class Execution {
  readonly outputs: Record<string, string> = {};
  readonly sessions: string;
  readonly #runbook: Runbook;
  readonly #context: ExecutionContext;
  /** Outputs that a host's session does not have yet. */
  readonly #news = new Map<string, Record<string, string>>();

  constructor(runbook: Runbook, context: ExecutionContext) {
    this.#runbook = runbook;
    this.#context = context;
    this.sessions = join(context.backupDir, SESSIONS);
  }

  async runBlock(step: Step, block: Block): Promise<void> {
    const hosts = select(block.on, this.#context.cast);
    if (!block.parallel) {
      for (const host of hosts) await this.#runOn(host, step, block);
      return;
    }
    const runs = await Promise.allSettled(hosts.map((host) => this.#runOn(host, step, block)));
    const failed = runs.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #runOn(name: string, step: Step, block: Block): Promise<void> {
    const { signal } = this.#context;
    const where = { step, block, host: name, file: this.#runbook.file };
    if (signal?.aborted) throw interrupted(where);
    const host = this.#context.host(name);
    if (host.state !== 'running') {
      throw new BlockFailed(where, {
        happened: `the host is ${host.state}`,
        hint:
          'a runbook reaches running hosts only: ' +
          `choose another role than on=${block.on}, or bring ${name} up first`,
        exitCode: null,
      });
    }
    const variables = this.#variablesOf(name);
    const about = {
      runbook: this.#runbook.name,
      step: step.number,
      title: step.title,
      host: name,
    };
    this.#context.onStep({
      type: 'step-started',
      ...about,
      command: redact(block.script),
      added: block.added,
    });
    const finished = await this.#shell(host, block, variables);
    const output = redact(lastLines(bothStreams(finished), 40));
    const problem = problemOf(finished, block);
    this.#context.onStep({
      type: 'step-ended',
      ...about,
      exitCode: finished.exitCode,
      problem: problem ?? null,
      durationMs: finished.durationMs,
      output,
    });
    if (signal?.aborted) throw interrupted(where);
    if (problem !== undefined) {
      const again = readyToPaste(block.script, { ...variables, ...this.outputs });
      throw new BlockFailed(where, {
        happened: problem,
        output: lastLines(output, 20),
        hint: `run it again on ${name}:\n${redact(again)}`,
        exitCode: finished.exitCode,
      });
    }
    if (block.output !== undefined) this.#publish(block.output, finished.stdout.trimEnd());
  }

  #shell(host: RunningHost, block: Block, variables: Record<string, string>): Promise<Finished> {
    const news = this.#news.get(host.name) ?? {};
    this.#news.set(host.name, {});
    const state = `${variables.BACKUP_DIR ?? this.#context.backupDir}/${SESSIONS}/${host.name}.sh`;
    return host.shell(inSession(block.script, state, news), {
      shell: this.#runbook.frontMatter.shell,
      env: variables,
      timeoutMs: block.timeoutMs,
      signal: this.#context.signal,
    });
  }

  /** Ours, and under the guide's own names. */
  #variablesOf(host: string): Record<string, string> {
    const ours = this.#context.variables(host);
    const theirs = Object.entries(this.#runbook.frontMatter.env).flatMap(([name, own]) => {
      const value = ours[own];
      return value === undefined ? [] : [[name, value] as const];
    });
    return { ...ours, ...Object.fromEntries(theirs) };
  }

  #publish(name: string, value: string): void {
    this.outputs[name] = value;
    for (const host of this.#context.cast.hosts)
      this.#news.set(host, { ...this.#news.get(host), [name]: value });
  }
}

function interrupted(where: { step: Step; host: string }): DrillError {
  return new DrillError({
    kind: 'interrupted',
    attempted: `run step ${where.step.number}, "${where.step.title}", on ${where.host}`,
    happened: 'stopped',
  });
}

function bothStreams({ stdout, stderr }: Finished): string {
  return [stdout.trimEnd(), stderr.trimEnd()].filter((text) => text !== '').join('\n');
}

function problemOf(finished: Finished, { expect }: Block): string | undefined {
  if (finished.exitCode !== 0 || finished.problem !== undefined) return describeEnding(finished);
  if (expect === undefined || bothStreams(finished).includes(expect)) return undefined;
  return `exit 0, but its output does not contain "${expect}"`;
}
