import { CANARY_NAMESPACE } from '../../kube/drill-objects.ts';
import type { Outage } from '../../model/event.ts';
import type { OutageBudgets } from '../../model/scenario.ts';
import { Canary } from '../../populate/canary.ts';
import type { Population } from '../../populate/populate.ts';
import { writeAfterBackup } from '../../populate/write-after-backup.ts';
import { FollowedLeases } from '../../probes/index.ts';
import { messageOf } from '../../support/errors.ts';
import { etcdOf } from '../../targets/connections.ts';
import type { Cluster, Target } from '../../targets/target.ts';
import { Availability } from '../availability/availability.ts';
import { ChaosScripts } from '../chaos-scripts.ts';
import type { DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import { foretell, inWords } from '../foretell.ts';
import { Lookout } from '../lookout.ts';
import { keepBaselineForPause, keepPodTokenForPause, pauseIfAsked } from '../pause.ts';
import { RecoveryTimes } from '../recovery-times.ts';
import { Strikes } from '../strikes.ts';
import { backup } from './backup.ts';
import { baseline } from './baseline.ts';
import { change } from './change.ts';
import { fill } from './fill.ts';
import { impact } from './impact.ts';
import { inject } from './inject.ts';
import type { Played, PlayedOut, Ready } from './played.ts';
import { provision } from './provision.ts';
import { playRounds } from './rounds.ts';
import { symptoms } from './symptoms.ts';

/**
 * Everything between preflight and teardown.
 * @throws DrillEnd for every verdict that is not passed or reproduced, DrillError when the drill could not go on.
 */
export async function playOut(
  context: DrillContext,
  target: Target,
  played: Played,
): Promise<PlayedOut> {
  const { plan, journal } = context;
  let leases: FollowedLeases | undefined;
  const follow = (up: Cluster) => {
    leases ??= followLeases(context, up);
  };
  const cluster = await journal.phase('provision', () => provision(context, target, follow));
  follow(cluster);
  played.cluster = cluster;
  await pauseIfAsked(context, cluster, 'provision');
  const strikes = new Strikes(context, cluster, await memberIds(cluster));
  const chaos = new ChaosScripts(context, cluster, strikes);
  const population = await journal.phase('populate', () =>
    chaos.beside('populate', async () => {
      const filled = await fill(context, cluster);
      await change(context, cluster, plan.installs);
      return filled;
    }),
  );
  await pauseIfAsked(context, cluster, 'populate');
  const lookout = new Lookout(context, cluster, population, leases);
  const write = laterWriter(context, cluster, population, lookout);
  await journal.phase('baseline', () => baseline(context, cluster, lookout));
  await pauseIfAsked(context, cluster, 'baseline');
  const taken = await journal.phase('backup', () =>
    chaos.beside('backup', () => backup(context, cluster, () => write(10))),
  );
  await pauseIfAsked(context, cluster, 'backup');
  const canary = await journal.phase('write-after-backup', async () => {
    const writing = new Canary(cluster);
    context.cleanup.register('canary writer', () => writing.stop());
    lookout.follow(writing.acknowledged);
    await lookout.openWatches();
    await lookout.keepToken();
    await keepPodTokenForPause(context, cluster, lookout);
    await chaos.beside('write-after-backup', () => write(plan.scenario.backup.writesAfter));
    await change(context, cluster, plan.changesAfter);
    await foretellRestore(context, cluster, lookout, taken.file);
    await keepBaselineForPause(context, cluster);
    return writing;
  });
  await pauseIfAsked(context, cluster, 'write-after-backup');
  return strike(context, { cluster, lookout, taken, canary, strikes, chaos, write }, played);
}

/** As soon as they can be asked for, so that the baseline finds leaders that have renewed. */
function followLeases(context: DrillContext, cluster: Cluster): FollowedLeases | undefined {
  if (!context.plan.scenario.topology.controllers || cluster.apiServers.length === 0) return;
  const leases = new FollowedLeases(cluster, context.clock);
  context.cleanup.register('follower of leader leases', () => leases.close());
  return leases;
}

const NO_NEW_POD = 'no pod that is made after the recovery gets Ready';
const LOOK_FOR_POD = `run it again with --pause-after verify, then: kubectl --namespace ${CANARY_NAMESPACE} describe pods`;

/** From the fault to the verdict. */
async function strike(context: DrillContext, ready: Ready, played: Played): Promise<PlayedOut> {
  const { journal } = context;
  const { cluster, lookout, canary, taken, strikes, chaos } = ready;
  const availability = await Availability.begin(cluster, context.clock, context.signal);
  context.cleanup.register('availability probes', async () => void (await availability.stop()));
  warnOfUnwatched(context, availability);
  const times = new RecoveryTimes(availability, journal);
  await journal.phase('inject', async () => {
    times.start();
    await inject(context, strikes);
    chaos.startLoops();
    await chaos.beside('inject', async () => undefined);
  });
  await pauseIfAsked(context, cluster, 'inject');
  await journal.phase('impact', () =>
    chaos.beside('impact', async () => {
      await impact(context, cluster, strikes, chaos);
      await symptoms(context, lookout);
    }),
  );
  times.detected();
  const backedUp = { atMs: taken.takenAtMs, revision: taken.revision };
  lookout.saw(canary.highestRevision());
  // A recovery that keeps the data loses nothing, or the checks say what.
  if (context.plan.scenario.restores)
    played.rpo = canary.rpo(backedUp, context.clock.nowMs(), lookout.writtenAfterBackup);
  await pauseIfAsked(context, cluster, 'impact');
  try {
    const out = await playRounds(context, ready, times, played);
    const missed = await availability.missesNewPod(context.signal);
    if (missed !== undefined)
      throw new DrillEnd(
        'failed',
        `${NO_NEW_POD}; of the last one was seen: ${missed}; ${LOOK_FOR_POD}`,
      );
    return out;
  } finally {
    const { outagesMs = {} } = context.plan.scenario.budgets;
    for (const outage of await availability.stop())
      journal.write({ type: 'outage', outage: withBudget(outage, outagesMs) });
  }
}

/** A promise about what is not there would be kept in silence. */
function warnOfUnwatched({ plan, journal }: DrillContext, availability: Availability): void {
  const { outagesMs = {} } = plan.scenario.budgets;
  for (const service of Object.keys(outagesMs))
    if (!availability.watches(service))
      journal.note(
        'warning',
        `budgets.outagesMs.${service} is not measured: this cluster has no ${service} that is watched`,
      );
  if (availability.lacksPodImage)
    journal.note(
      'warning',
      'no node has an image of a pause container: whether a new pod gets Ready is not looked at',
    );
}

/** Parts have none. */
function withBudget(outage: Outage, budgets: OutageBudgets): Outage {
  const [, budgetMs] = Object.entries(budgets).find(([service]) => service === outage.probe) ?? [];
  return outage.part !== undefined || budgetMs === undefined ? outage : { ...outage, budgetMs };
}

/** The last moment at which what is live can be compared with the backup. */
async function foretellRestore(
  { plan, journal }: DrillContext,
  cluster: Cluster,
  lookout: Lookout,
  file: string,
): Promise<void> {
  const { follows, restores } = plan.scenario;
  if (!follows.includes('prediction') || !restores || cluster.apiServers.length === 0) return;
  const foretold = await foretell(cluster, file, plan.snapshot?.etcdPrefix ?? '/registry');
  lookout.expects(foretold);
  journal.note('info', inWords(foretold));
}

/** Writes of a drill that restores nothing only add, because a deletion of ours would look like a loss. */
function laterWriter(
  context: DrillContext,
  cluster: Cluster,
  population: Population,
  lookout: Lookout,
): (revisions: number) => Promise<void> {
  const { scenario, seed } = context.plan;
  let round = 0;
  return async (revisions) => {
    round += 1;
    const written = await writeAfterBackup(cluster, {
      revisions,
      seed,
      round,
      population: scenario.restores ? population : undefined,
      signal: context.signal,
    }).catch((thrown) => refusedByUserData(context, thrown));
    if (written) lookout.add(written);
  };
}

/** A user's own admission rules may refuse our writes: then the canary alone measures the loss. */
function refusedByUserData({ plan, journal }: DrillContext, thrown: unknown): undefined {
  if (plan.snapshot === undefined) throw thrown;
  journal.note('warning', `your data does not let the drill write: ${messageOf(thrown)}`);
}

async function memberIds(cluster: Cluster): Promise<Record<string, string>> {
  const entries = await Promise.all(
    cluster.members.map(async (member) => {
      const client = etcdOf(cluster, member);
      try {
        return [member.host, (await client.status()).memberId] as const;
      } finally {
        client.close();
      }
    }),
  );
  return Object.fromEntries(entries);
}
