import type { DrillRecord } from '../../harness/model/record.ts';
import { markOfPhase } from '../mark.ts';
import { milestoneName, phaseName } from '../sentence.ts';
import { count, duration, padEnd } from '../text.ts';
import { oneLine, type Page, wrapped } from './page.ts';

const BAR_WIDTH_MAX = 30;
/** Below this the bars say nothing any more. */
const BAR_WIDTH_MIN = 10;

/** Recovery time, lost data, outages, and how long each phase took. */
export function measuredSection(drill: DrillRecord, page: Page): string[] {
  const facts = [...recoveryTime(drill), ...dataLoss(drill), ...outages(drill)];
  const lines = facts.flatMap(([label, value, more]) => {
    const head = `  ${padEnd(label, 8)} ${value.padStart(9)}`;
    return wrapped(page, more, `${head}   `, ' '.repeat(22)).map((line) => line.trimEnd());
  });
  return [
    ...(lines.length === 0 ? [] : [page.paint('strong', 'Measured'), ...lines, '']),
    ...phaseLines(drill, page),
  ];
}

type Fact = [label: string, value: string, more: string];

function recoveryTime({ rto }: DrillRecord): Fact[] {
  if (rto === null) return [];
  const { totalMs, ...milestones } = rto;
  const reached = Object.entries(milestones)
    .filter((milestone): milestone is [string, number] => milestone[1] !== undefined)
    .toSorted(([, a], [, b]) => a - b)
    .map(([name, afterMs]) => `${milestoneName(name)} ${duration(afterMs)}`);
  return [['RTO', duration(totalMs), reached.join(', ')]];
}

function dataLoss({ rpo }: DrillRecord): Fact[] {
  if (rpo === null) return [];
  const lost = `${count(rpo.revisions, 'revision')}, ${count(rpo.objects, 'object')} lost`;
  return [['RPO', duration(rpo.ms), lost]];
}

/** The sum for each probe: what its users went without. */
function outages(drill: DrillRecord): Fact[] {
  return [...Map.groupBy(drill.outages, ({ probe }) => probe)].map(([probe, spans]) => {
    const totalMs = spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    const times = spans.length > 1 ? `, ${spans.length} times` : '';
    const end = spans.some(({ lasting }) => lasting) ? ', still out at the end' : '';
    return ['outage', duration(totalMs), `${probe}${times}${end}`];
  });
}

function phaseLines(drill: DrillRecord, page: Page): string[] {
  if (drill.phases.length === 0) return [];
  const longestMs = Math.max(...drill.phases.map(({ durationMs }) => durationMs ?? 0), 1);
  const barWidth = Math.min(BAR_WIDTH_MAX, page.width - 40);
  return [
    page.paint('strong', 'Phases'),
    ...drill.phases.map((phase) => {
      const { name, round, durationMs } = phase;
      const { symbol, tone } = markOfPhase(phase);
      const took = durationMs === null ? 'not ended' : duration(durationMs);
      const length = Math.round(((durationMs ?? 0) / longestMs) * barWidth);
      return oneLine(
        page,
        2,
        [tone, padEnd(`${symbol} ${phaseName({ phase: name, round })}`, 20)],
        took.padStart(11),
        ['quiet', barWidth < BAR_WIDTH_MIN ? '' : '▪'.repeat(length)],
      );
    }),
  ];
}
