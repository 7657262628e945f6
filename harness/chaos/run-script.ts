import { readFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Companion, startCompanion } from '../exec/companion.ts';
import { lastLines } from '../exec/run.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { DrillError, environmentError, messageOf } from '../support/errors.ts';
import { redact } from '../support/redaction.ts';
import { type ChaosHost, fromScriptSchema, type Request, requestSchema } from './message.ts';

/** How long a script may still take once it was told that the recovery begins. */
export const GRACE_MS = 3000;

export interface ScriptRun {
  /** Absolute path. */
  file: string;
  /** As the scenario writes it. */
  name: string;
  hosts: ChaosHost[];
  seed: number;
  turn: number;
  settings: Record<string, unknown>;
  timeoutMs: number;
  /** Its output is appended here. */
  logFile: string;
  /** Ends it at once. */
  signal: AbortSignal;
  /** Tells it to end; it gets GRACE_MS for that, and what it was doing then is no failure. */
  recovery: AbortSignal;
  /** Does what the script asks for; what it throws is thrown in the script. */
  serve(request: Request): Promise<unknown>;
  log(message: string): void;
  clock?: Clock;
}

type Ending = 'done' | 'died' | 'late' | 'stopped' | 'grace-over';

/**
 * Runs a chaos script in a process of its own until it has ended, with all that it started.
 * @throws DrillError (environment) with the end of its output when it throws, dies or takes too long.
 */
export async function runScript(run: ScriptRun): Promise<void> {
  const clock = run.clock ?? systemClock;
  const startMs = clock.monotonicMs();
  const over = new AbortController();
  let finish: (ending: Ending) => void = () => undefined;
  const ending = new Promise<Ending>((resolve) => {
    finish = resolve;
  });
  const companion = start(run, () => finish('done'));
  void companion.ended.then(() => finish('died'));
  const after = (delayMs: number, what: Ending) =>
    void clock.pause(delayMs, over.signal).then(() => finish(what));
  after(run.timeoutMs, 'late');
  const stop = () => finish('stopped');
  const recover = () => {
    companion.send({ type: 'recovery' });
    after(GRACE_MS, 'grace-over');
  };
  whenAborted(run.signal, stop);
  whenAborted(run.recovery, recover);
  const ended = await ending;
  over.abort();
  run.signal.removeEventListener('abort', stop);
  run.recovery.removeEventListener('abort', recover);
  companion.end();
  const { exitCode, signal } = await companion.ended;
  if (ended === 'done' || ended === 'stopped' || run.recovery.aborted || exitCode === 0) return;
  const seconds = ((clock.monotonicMs() - startMs) / 1000).toFixed(1);
  const happened =
    ended === 'late'
      ? `not finished within ${run.timeoutMs / 1000} s (timeoutMs gives it longer)`
      : `it ended with ${signal ?? `exit code ${exitCode}`} after ${seconds} s`;
  throw new DrillError({
    kind: 'environment',
    attempted: `run the chaos script ${run.name}`,
    happened,
    output: await lastWords(run.logFile),
    hint: `its whole output: ${run.logFile}`,
  });
}

/** Without what Node says about its own insides. */
async function lastWords(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const own = text.split('\n').filter((line) => !/^\s+at .*\bnode:|^Node\.js v/.test(line));
  return redact(lastLines(own.join('\n'), 12));
}

function whenAborted(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}

function start(run: ScriptRun, done: () => void): Companion {
  const source = fileURLToPath(new URL('./chaos-process.ts', import.meta.url));
  const program = source.replace(/\.ts$/, extname(fileURLToPath(import.meta.url)));
  const companion = startCompanion(program, [], {
    logFile: run.logFile,
    cwd: dirname(run.file),
    onMessage: (message) => void receive(message),
  });
  if (companion) return companion;
  throw environmentError(
    `run the chaos script ${run.name}`,
    'there is no bash to start it with',
    'install bash',
  );

  async function receive(message: unknown): Promise<void> {
    // A script can send anything over the channel; what is none of our messages is not for us.
    const { data: said } = fromScriptSchema.safeParse(message);
    if (said?.type === 'ready') {
      const { file: script, hosts, seed, turn, settings } = run;
      companion?.send({ type: 'begin', script, hosts, seed, turn, settings });
    } else if (said?.type === 'log') run.log(said.message);
    else if (said?.type === 'done') done();
    else if (said?.type === 'request') companion?.send(await answer(run, said));
  }
}

async function answer(run: ScriptRun, { id, request }: { id: number; request?: unknown }) {
  try {
    return { type: 'answer', id, value: await run.serve(requestSchema.parse(request)) };
  } catch (thrown) {
    return { type: 'answer', id, error: messageOf(thrown) };
  }
}
