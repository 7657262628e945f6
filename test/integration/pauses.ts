import { writeFile } from 'node:fs/promises';
import { run } from '../../harness/exec/run.ts';
import { untilEvent } from './process/kubedrill.ts';

/** A drill that keeps its cluster up after a recovery. */
export interface Pause {
  /** The command that it tells to diagnose the cluster with. */
  command: string;
  goOn(): Promise<void>;
}

export interface Diagnosed {
  exitCode: number | null;
  verdict: string;
  findings: { code: string; stage: string; cure: string; objects: { name: string }[] }[];
  detectors: { name: string; verdict: string; reason: string | null }[];
}

/**
 * @param out of a run with `--pause-after recover`.
 * @throws Error when the drill ends before.
 */
export async function pauseIn(out: string, round: number, timeoutMs: number): Promise<Pause> {
  const paused = await untilEvent(
    out,
    `the drill pauses in round ${round}`,
    (event) =>
      event.type === 'drill-ended' ||
      (event.type === 'note' &&
        event.message.startsWith('paused') &&
        (round === 1 || event.message.includes(`of round ${round} of`))),
    timeoutMs,
  );
  if (paused.type === 'drill-ended')
    throw new Error(`the drill ended before it paused in round ${round}: ${paused.reason}`);
  const message = paused.type === 'note' ? paused.message : '';
  const [, command = 'false'] = /to diagnose it: (.*)/.exec(message) ?? [];
  const [, goOn = ''] = /touch (\S+)/.exec(message) ?? [];
  return { command, goOn: () => writeFile(goOn, '') };
}

/** Lets the drill go on, round by round, until it pauses in the one that is asked for. */
export function pausesOf(out: string, timeoutMs: number): (round: number) => Promise<Pause> {
  let at = 1;
  return async (round) => {
    for (; at < round; at += 1) await (await pauseIn(out, at, timeoutMs)).goOn();
    return pauseIn(out, round, timeoutMs);
  };
}

/** As a user would who pastes the command into another terminal. */
export async function diagnoseIn(
  { command }: Pause,
  { canary = false, timeoutMs }: { canary?: boolean; timeoutMs: number },
): Promise<Diagnosed> {
  const line = `${command} ${canary ? '--canary' : ''} --json`;
  const { exitCode, stdout, stderr } = await run('sh', ['-c', line], { timeoutMs });
  if (stdout === '') throw new Error(`${line}: ${stderr}`);
  return { exitCode, ...JSON.parse(stdout) };
}

/** The token of a pod that the command names. */
export function podTokenOf({ command }: Pause): string {
  return /--pod-token (\S+)/.exec(command)?.[1] ?? '';
}
