import { milestoneName } from '../../harness/model/milestone.ts';
import type { DrillRecord } from '../../harness/model/record.ts';
import { markOfPhase } from '../mark.ts';
import { budgetOf, phaseName, whoWasOut } from '../sentence.ts';
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

/** The sum for each service: what its users went without. Of its parts only the one that was out longest. */
function outages(drill: DrillRecord): Fact[] {
  const bySubject = [...Map.groupBy(drill.outages, whoWasOut)].map(([subject, spans]) => {
    const lengths = spans.map(({ startMs, endMs }) => endMs - startMs);
    const totalMs = lengths.reduce((sum, ms) => sum + ms, 0);
    const { probe = subject, part } = spans[0] ?? {};
    return { subject, probe, part, spans, totalMs, longestMs: Math.max(...lengths) };
  });
  return [...Map.groupBy(bySubject, ({ probe }) => probe).values()].flatMap((subjects) => {
    const [worst] = subjects
      .filter(({ part }) => part !== undefined)
      .toSorted((one, other) => other.totalMs - one.totalMs);
    const whole = subjects.filter(({ part }) => part === undefined);
    return [...whole, ...(worst === undefined ? [] : [worst])].map(
      ({ subject, part, spans, totalMs, longestMs }): Fact => {
        const times = spans.length > 1 ? `, ${spans.length} times` : '';
        const longest = spans.length > 1 ? `, at most ${duration(longestMs)}` : '';
        const worstOf = part === undefined ? '' : ', longest of its parts';
        const end = spans.some(({ lasting }) => lasting) ? ', still out at the end' : '';
        return [
          'outage',
          duration(totalMs),
          `${subject}${times}${longest}${worstOf}${end}${budgetOf(spans)}`,
        ];
      },
    );
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
