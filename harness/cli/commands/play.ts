import { Command } from 'commander';

/** Not for people: what `run` starts inside the namespaces of a drill. */
export function playCommand(): Command {
  return new Command('play').argument('<plan>').action(async (plan: string) => {
    const { playPlanFile } = await import('../../runner/play-plan-file.ts');
    process.exitCode = await playPlanFile(plan);
  });
}
