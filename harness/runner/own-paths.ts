import { shippedRunbooks } from '../runbook/library.ts';
import { DrillError } from '../support/errors.ts';
import type { DrillPlan } from './plan.ts';

/**
 * Where hosts have no root of their own, a runbook with its own paths would work on this machine's
 * files: only shipped ones that name every path by a variable may run there.
 * @throws DrillError (environment) naming the runbook.
 */
export function requireOwnPaths(drills: readonly DrillPlan[], forbidden: string): void {
  const safe = shippedRunbooks().filter((name) => !name.startsWith('as-written/'));
  for (const drill of drills) {
    const { recovery, scenario, snapshot } = drill;
    if (snapshot) throw withoutIsolation(snapshot.file, forbidden);
    const [chaos] = scenario.chaos;
    if (chaos) throw chaosOnThisMachine(chaos.script, forbidden);
    const runbooks = [
      ...drill.installs,
      drill.backupRunbook,
      ...drill.changesAfter,
      ...recovery.map(({ runbook }) => runbook),
    ];
    const stranger = runbooks.find((runbook) => !safe.includes(runbook.name));
    if (!stranger) continue;
    throw new DrillError({
      kind: 'environment',
      attempted: `run ${stranger.name} without namespaces`,
      happened: `namespaces are not allowed here (${forbidden}), and this runbook names paths of its own, which would be this machine's`,
      hint: 'kubedrill doctor says how to allow namespaces; or use --target container',
    });
  }
}

/** On hosts without a root of their own a script's commands would work on this machine. */
function chaosOnThisMachine(script: string, forbidden: string): DrillError {
  return new DrillError({
    kind: 'environment',
    attempted: `run the chaos script ${script} without namespaces`,
    happened: `namespaces are not allowed here (${forbidden}), and what it does to hosts it would do to this machine`,
    hint: 'kubedrill doctor says how to allow namespaces; or use --target container',
  });
}

/** A restored production cluster that can reach production would work on it. */
function withoutIsolation(snapshot: string, forbidden: string): DrillError {
  return new DrillError({
    kind: 'environment',
    attempted: `run a drill on ${snapshot}`,
    happened: `namespaces are not allowed here (${forbidden}), so nothing would keep the restored cluster from the network`,
    hint: 'kubedrill doctor says how to allow namespaces; or use --target container',
  });
}
