import type { Check, DrillFacts } from '../model/check.ts';
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
    { code: 'rpo-exceeded', heals: false },
  ],
  examine({ facts }) {
    const { rtoMs, rpoMs, rpoRevisions } = facts.budgets;
    const rpoBudget = rpoMs !== undefined || rpoRevisions !== undefined;
    if (rtoMs === undefined && !rpoBudget) return skipped('the scenario sets no budgets');
    const blind = [];
    if (rtoMs !== undefined && facts.rto === null) blind.push('the recovery time was not measured');
    if (rpoBudget && facts.rpo === null) blind.push('the data loss was not measured');
    return examined([...recoveryTime(facts), ...dataLoss(facts)], blind);
  },
};

function recoveryTime({ rto, budgets: { rtoMs } }: DrillFacts): Finding[] {
  if (rto === null || rtoMs === undefined || rto.totalMs <= rtoMs) return [];
  const phases = Object.entries(rto.phases).sort((a, b) => b[1] - a[1]);
  const parts = phases.map(([name, ms]) => `${name} ${lasted(ms)}`).join(', ');
  return [
    finding({
      code: 'rto-exceeded',
      severity: 'error',
      message:
        `The recovery took ${lasted(rto.totalMs)}, the budget is ${lasted(rtoMs)}` +
        `${parts === '' ? '' : ` (${parts})`}.`,
      where: phases[0]?.[0] ?? 'recovery',
      cure: 'Shorten its longest phase, or set budgets.rtoMs to what you can promise.',
    }),
  ];
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
