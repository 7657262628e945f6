import type { Clock } from '../support/clock.ts';
import { DrillError, messageOf } from '../support/errors.ts';

/** One look at a long step. Given about once a second while it runs; whoever shows it chooses how often. */
export interface ToolchainProgress {
  /** The same words for all looks at one step: `build kube-apiserver 1.36.3`. */
  step: string;
  state: 'running' | 'done' | 'failed';
  elapsedMs: number;
  detail: string;
}

export type OnProgress = (progress: ToolchainProgress) => void;

const BEAT_MS = 1000;

/**
 * Runs a step and reports it until it ends.
 * @param work is given a function with which it says what it is at.
 */
export async function reportStep<T>(
  step: string,
  to: { clock: Clock; onProgress: OnProgress },
  work: (say: (detail: string) => void) => Promise<T>,
): Promise<T> {
  const startMs = to.clock.monotonicMs();
  let detail = '';
  const report = (state: ToolchainProgress['state']) =>
    to.onProgress({ step, state, elapsedMs: to.clock.monotonicMs() - startMs, detail });
  const ended = new AbortController();
  const beat = async () => {
    while (!ended.signal.aborted) {
      report('running');
      await to.clock.pause(BEAT_MS, ended.signal);
    }
  };
  const beating = beat();
  try {
    const result = await work((said) => {
      detail = said;
    });
    ended.abort();
    report('done');
    return result;
  } catch (thrown) {
    ended.abort();
    detail = thrown instanceof DrillError ? thrown.happened : messageOf(thrown);
    report('failed');
    throw thrown;
  } finally {
    await beating;
  }
}

const PIPE_INTERVAL_MS = 30_000;

/**
 * Shows progress on a stream: on a terminal one line that is written over each second,
 * elsewhere a line when a step starts and ends, and one each 30 s between.
 */
export function progressPrinter(stream: NodeJS.WriteStream): OnProgress {
  let lastStep = '';
  let lastShownMs = 0;
  return (progress) => {
    const seconds = `${Math.floor(progress.elapsedMs / 1000)} s`;
    const mark = { running: '…', done: '✓', failed: '✗' }[progress.state];
    const detail = progress.detail === '' ? '' : `, ${progress.detail}`;
    const line = `${mark} ${progress.step}: ${seconds}${progress.state === 'done' ? '' : detail}`;
    if (stream.isTTY) {
      const shown = line.length < stream.columns ? line : `${line.slice(0, stream.columns - 2)}…`;
      stream.write(`\r\u001b[2K${shown}${progress.state === 'running' ? '' : '\n'}`);
      return;
    }
    const isNew = progress.step !== lastStep;
    const isDue = progress.elapsedMs - lastShownMs >= PIPE_INTERVAL_MS;
    if (!isNew && !isDue && progress.state === 'running') return;
    lastStep = progress.state === 'running' ? progress.step : '';
    lastShownMs = progress.elapsedMs;
    stream.write(`${line}\n`);
  };
}
