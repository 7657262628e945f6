import type { Check, DrillFacts, ServiceOutage } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import { examined, skipped } from './examination.ts';
import { lasted } from './wording.ts';

export const budgets: Check = {
  name: 'budgets',
  title: 'The recovery was as quick, and lost as little, as the budgets allow',
  phases: ['verify'],
  needs: [],
  explainedBy: [],
  codes: [
    { code: 'rto-exceeded', heals: false },
    { code: 'outage-exceeded', heals: false },
    { code: 'rpo-exceeded', heals: false },
  ],
  examine({ facts }) {
    const { rtoMs, rpoMs, rpoRevisions, outagesMs } = facts.budgets;
    const rpoBudget = rpoMs !== undefined || rpoRevisions !== undefined;
    if (rtoMs === undefined && !rpoBudget && outagesMs === undefined)
      return skipped('the scenario sets no budgets');
    const blind = [];
    if (rtoMs !== undefined && facts.rto === null) blind.push('the recovery time was not measured');
    if (outagesMs !== undefined && facts.outages === undefined)
      blind.push('the outages were not measured');
    if (rpoBudget && facts.rpo === null) blind.push('the data loss was not measured');
    return examined([...recoveryTime(facts), ...outages(facts), ...dataLoss(facts)], blind);
  },
};

const OR_SET_RTO = 'or set budgets.rtoMs to what you can promise.';

function recoveryTime({ rto, unsettledMs = 0, budgets: { rtoMs } }: DrillFacts): Finding[] {
  if (rtoMs === undefined) return [];
  const exceeded = (message: string, where: string, cure: string) => [
    finding({ code: 'rto-exceeded', severity: 'error', message, where, cure }),
  ];
  if (rto === null) {
    // However it ends, it cannot be in time any more.
    if (unsettledMs <= rtoMs) return [];
    return exceeded(
      `RTO: not everything had settled ${lasted(unsettledMs)} after the fault, the budget is ${lasted(rtoMs)}.`,
      'settled',
      `See to what has not settled, ${OR_SET_RTO}`,
    );
  }
  if (rto.totalMs <= rtoMs) return [];
  const reached = Object.entries(rto.milestones).sort(([, a], [, b]) => a - b);
  const parts = reached.map(([name, ms]) => `${name} after ${lasted(ms)}`).join(', ');
  const { name, tookMs } = longestStretch(reached);
  return exceeded(
    `RTO ${lasted(rto.totalMs)}, the budget is ${lasted(rtoMs)}${parts === '' ? '' : `; ${parts}`}.`,
    name,
    `Shorten its longest stretch (${lasted(tookMs)} until "${name}"), ${OR_SET_RTO}`,
  );
}

/** The milestone that was waited for longest. @param reached in the order of time. */
function longestStretch(reached: readonly [string, number][]): { name: string; tookMs: number } {
  let longest = { name: 'recovery', tookMs: 0 };
  let sinceMs = 0;
  for (const [name, ms] of reached) {
    if (ms - sinceMs > longest.tookMs) longest = { name, tookMs: ms - sinceMs };
    sinceMs = ms;
  }
  return longest;
}

const SERVICE_NAMES: Record<ServiceOutage['service'], string> = {
  etcd: 'etcd',
  api: 'The API',
  dns: 'DNS',
  ingress: 'The ingress controller',
};

/** One finding a service, for the longest of its outages. */
function outages({ outages = [], budgets: { outagesMs = {} } }: DrillFacts): Finding[] {
  return [...Map.groupBy(outages, ({ service }) => service)].flatMap(([service, all]) => {
    const [longest] = all.toSorted((one, other) => lengthOf(other) - lengthOf(one));
    const budgetMs = outagesMs[service];
    if (longest === undefined || budgetMs === undefined || lengthOf(longest) <= budgetMs) return [];
    const { startMs, endMs } = longest;
    return [
      finding({
        code: 'outage-exceeded',
        severity: 'error',
        message:
          `${SERVICE_NAMES[service]} was out for ${lasted(lengthOf(longest))}, from ${lasted(startMs)} to` +
          ` ${lasted(endMs)} after the fault; the budget is ${lasted(budgetMs)}.`,
        where: service,
        cure: `Bring it back earlier in the runbook, or set budgets.outagesMs.${service} to what its users can bear.`,
      }),
    ];
  });
}

function lengthOf({ startMs, endMs }: ServiceOutage): number {
  return endMs - startMs;
}

function dataLoss({ rpo, budgets: { rpoMs, rpoRevisions } }: DrillFacts): Finding[] {
  if (rpo === null) return [];
  const tooOld = rpoMs !== undefined && rpo.ms > rpoMs;
  const tooMuch = rpoRevisions !== undefined && rpo.revisions > rpoRevisions;
  if (!tooOld && !tooMuch) return [];
  const limits = [
    ...(rpoMs === undefined ? [] : [lasted(rpoMs)]),
    ...(rpoRevisions === undefined ? [] : [`${rpoRevisions} revisions`]),
  ];
  return [
    finding({
      code: 'rpo-exceeded',
      severity: 'error',
      message:
        `Writes of the last ${lasted(rpo.ms)} before the fault are lost: ${rpo.revisions} revisions,` +
        ` ${rpo.objects} objects; the budget is ${limits.join(' and ')}.`,
      where: 'backup',
      cure: 'Take snapshots more often, or set the budget to what you can afford to lose.',
    }),
  ];
}
