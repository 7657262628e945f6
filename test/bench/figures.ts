import { runOrThrow } from '../../harness/exec/run.ts';

const TIMEOUT_MS = 600_000;

/** How long a program takes as a whole, in seconds. @throws DrillError when it fails. */
export async function timed(program: string, args: string[]): Promise<number> {
  const { durationMs } = await runOrThrow('time a program', program, args, {
    timeoutMs: TIMEOUT_MS,
  });
  return durationMs / 1000;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

export function figures(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}, ${Math.max(...values).toFixed(2)})`;
}

/** Prints a drill's seconds beside those of the same commands in a bare script. */
export function sideBySide(what: string, drill: readonly number[], bare: readonly number[]): void {
  const more = drill.map((seconds, index) => seconds - (bare[index] ?? 0));
  const percent = (median(drill) / median(bare) - 1) * 100;
  console.log(
    `  ${what} ${figures(drill)}; bare script ${figures(bare)}; pair by pair ${figures(more)} more, ${percent.toFixed(0)} %`,
  );
}
