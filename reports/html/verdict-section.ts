import { milestoneName } from '../../harness/model/milestone.ts';
import type { DrillRecord } from '../../harness/model/record.ts';
import { checkGroups } from '../check-groups.ts';
import { MARK_OF_DRILL } from '../mark.ts';
import { count, duration } from '../text.ts';
import { html, type Markup, NOTHING, prose } from './markup.ts';

/** A figure that somebody asks for in the first minute. */
interface Figure {
  label: string;
  value: string;
  more: string;
}

/** What came out and why, in a size that is read from across the room. */
export function verdictSection(drill: DrillRecord): Markup {
  const { symbol, tone } = MARK_OF_DRILL[drill.verdict];
  return html`<section class="verdict ${tone}">
<p class="word"><span aria-hidden="true">${symbol}</span> ${drill.verdict}</p>
<h2>${drill.scenario} <small>on ${drill.target}</small></h2>
<p class="reason">${prose(drill.reason)}</p>
${story(drill)}<p class="summary">${drill.summary}</p>
<dl class="figures">${figures(drill).map(
    ({ label, value, more }) => html`<div><dt>${label}</dt><dd><b>${value}</b> ${more}</dd></div>`,
  )}</dl>
</section>`;
}

/** Of an error: what was attempted, what happened and what to do, as the terminal tells it. */
function story({ error, reason }: DrillRecord): Markup {
  if (error === null || error.explanation.trim() === reason.trim()) return NOTHING;
  return html`<pre>${error.explanation}</pre>\n`;
}

function figures(drill: DrillRecord): Figure[] {
  const { rto, rpo } = drill;
  const [snapshot] = drill.snapshots;
  const decisive = checkGroups(drill).find((group) => group.decisive);
  return [
    ...(rto === null
      ? []
      : [{ label: 'Recovered in', value: duration(rto.totalMs), more: slowest(rto) }]),
    ...(rpo === null
      ? []
      : [
          {
            label: 'Writes lost',
            value: duration(rpo.ms),
            more: `${count(rpo.revisions, 'revision')}, ${count(rpo.objects, 'object')}`,
          },
        ]),
    ...(snapshot === undefined
      ? []
      : [{ label: 'Backup', value: snapshot.verdict, more: count(snapshot.liveKeys, 'key') }]),
    ...(decisive === undefined
      ? []
      : [{ label: 'Checks at the end', value: decisive.tally, more: '' }]),
    { label: 'The drill took', value: duration(drill.durationMs), more: '' },
  ];
}

/** The last milestone before everything was settled. */
function slowest({ totalMs: _, settledMs: __, ...milestones }: NonNullable<DrillRecord['rto']>) {
  const reached = Object.entries(milestones).filter(
    (each): each is [string, number] => each[1] !== undefined,
  );
  const last = reached.toSorted(([, a], [, b]) => a - b).at(-1);
  return last === undefined ? '' : `${milestoneName(last[0])} after ${duration(last[1])}`;
}
