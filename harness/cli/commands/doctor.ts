import { styleText } from 'node:util';
import { Command } from 'commander';
import { type TargetName, targetNameSchema } from '../../model/scenario.ts';
import { EXIT } from '../../model/verdict.ts';
import type { Diagnosis, Machine, Outcome } from '../doctor/probe.ts';

interface DoctorOptions {
  json?: true;
}

/** Whether a target can run here; `because` names what is missing. */
interface Ability {
  target: TargetName;
  able: boolean;
  because: string | null;
}

const TARGETS = targetNameSchema.options;

const MARK: Record<Diagnosis['state'], string> = {
  ok: styleText('green', '✓', { stream: process.stdout }),
  warn: styleText('yellow', '!', { stream: process.stdout }),
  fail: styleText('red', '✗', { stream: process.stdout }),
};

/** `kubedrill doctor`: changes nothing, asks nothing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Says what this machine can run and how to get what is missing. Changes nothing.')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', '\nExit codes: 0, or 3 when the process target cannot run.')
    .action(async (options: DoctorOptions) => {
      const { thisMachine } = await import('../doctor/this-machine.ts');
      const outcomes = await examine(thisMachine);
      const abilities = abilitiesOf(outcomes);
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ schemaVersion: 1, probes: outcomes, targets: abilities }, null, 2)}\n`
          : describe(outcomes, abilities),
      );
      const able = abilities.some(({ target, able }) => target === 'process' && able);
      process.exitCode = able ? EXIT.ok : EXIT.environment;
    });
}

/** Every probe's outcome; a probe that fails itself is a warning, not a verdict on the machine. */
export async function examine(machine: Machine): Promise<Outcome[]> {
  const { PROBES } = await import('../doctor/probes.ts');
  const { messageOf } = await import('../../support/errors.ts');
  return Promise.all(
    PROBES.map(async ({ name, neededBy, look }) => {
      const seen = await look(machine).catch(
        (thrown: unknown): Diagnosis => ({ state: 'warn', saw: messageOf(thrown), fix: null }),
      );
      return { name, neededBy, ...seen };
    }),
  );
}

export function abilitiesOf(outcomes: readonly Outcome[]): Ability[] {
  return TARGETS.map((target) => {
    const missing = outcomes
      .filter(({ state, neededBy }) => state === 'fail' && neededBy.includes(target))
      .map(({ name }) => name);
    return { target, able: missing.length === 0, because: missing.join(', ') || null };
  });
}

function describe(outcomes: readonly Outcome[], abilities: readonly Ability[]): string {
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  const lines = outcomes.flatMap(({ name, state, saw, fix }) => [
    `${MARK[state]} ${name.padEnd(width)}  ${saw}`,
    ...(fix === null ? [] : [`  ${' '.repeat(width)}  → ${fix}`]),
  ]);
  const targets = abilities.map(({ target, able, because }) =>
    able ? `${target} ${MARK.ok}` : `${target} ${MARK.fail} (${because})`,
  );
  return `${[...lines, '', `this machine can run: ${targets.join('  ')}`].join('\n')}\n`;
}
