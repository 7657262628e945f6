import { type Random, seededRandom } from '../support/random.ts';
import { type ChaosHost, execAnswerSchema, faultAnswerSchema } from './message.ts';
import { session } from './session.ts';

/** What a chaos script imports as `kubedrill/chaos`. Its whole surface is described in scenarios/README.md. */

const { beginning } = session;
if (beginning === undefined) {
  throw new Error('kubedrill/chaos is for scripts that a scenario names under `chaos`');
}

/** Every host of the drill in name order, as it was made. */
export const hosts: readonly ChaosHost[] = beginning.hosts;
/** Random numbers that the drill's seed replays; each turn of a loop has its own. */
export const random: Random = seededRandom(beginning.seed);
/** What the scenario gives under `with`. */
export const settings: Readonly<Record<string, unknown>> = beginning.settings;
/** Which turn of a loop this is, from 1. */
export const turn: number = beginning.turn;
/** Aborts when the recovery is about to begin. */
export const recovery: AbortSignal = session.recovery;

export interface OnHostOptions {
  timeoutMs?: number;
  /** Gives an exit code other than 0 back instead of throwing. */
  nothrow?: boolean;
}

export interface HostOutput {
  stdout: string;
  stderr: string;
  /** null when it was killed or took too long. */
  exitCode: number | null;
}

type Command = (pieces: TemplateStringsArray, ...values: unknown[]) => Promise<HostOutput>;

/** A tagged template that runs `bash -euo pipefail` on a host; values are quoted as zx quotes them. */
export function onHost(host: string, options: OnHostOptions = {}): Command {
  const { timeoutMs = 30_000, nothrow = false } = options;
  return async (pieces, ...values) => {
    const script = String.raw({ raw: pieces }, ...values.map(quoted));
    const answer = await session.ask({ type: 'exec', host, script, timeoutMs });
    const { problem, ...output } = execAnswerSchema.parse(answer);
    if (output.exitCode === 0 || nothrow) return output;
    const said = output.stderr.trim() || output.stdout.trim();
    throw new Error(`${host}: ${script.trim()}: ${problem ?? `exit ${output.exitCode}`}\n${said}`);
  };
}

function quoted(value: unknown): string {
  if (Array.isArray(value)) return value.map(quoted).join(' ');
  const word = String(value);
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

type Parameter = string | number | boolean | string[];

/**
 * Strikes with a fault of the library; it is healed when the recovery begins.
 * @param options `hosts` as in a scenario (default `one`); the rest are the fault's parameters.
 * @returns whom it struck, and whether that shows.
 */
export async function fault(
  name: string,
  options: Record<string, Parameter> = {},
): Promise<{ hosts: string[]; took: 'effect' | 'no-effect'; evidence: string }> {
  const { hosts: struck = 'one', ...parameters } = options;
  const call = { fault: name, hosts: struck as 'one', with: parameters };
  return faultAnswerSchema.parse(await session.ask({ type: 'fault', call }));
}

/** Tells the drill whom the script struck by other means than `fault`: runbooks know them as `lost`. */
export async function lost(...names: string[]): Promise<void> {
  await session.ask({ type: 'lost', hosts: names });
}

/** Writes a line into the journal. */
export function log(...words: unknown[]): void {
  session.send({ type: 'log', message: words.map(String).join(' ') });
}
