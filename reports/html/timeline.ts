import { milestoneName } from '../../harness/model/milestone.ts';
import type { DrillRecord, PhaseRun, StepRun } from '../../harness/model/record.ts';
import { markOfPhase } from '../mark.ts';
import { budgetOf, describeFault, phaseName, stepName, whoWasOut } from '../sentence.ts';
import { duration, truncate } from '../text.ts';
import { lanesOfLabels, type Scale, scaleFor, ticksOf, tickText } from './axis.ts';
import { html, type Markup, NOTHING } from './markup.ts';

const LANE = 26;
const BAR = 18;
/** The least that can be seen. */
const BAR_MIN = 1.5;

/** One row of the picture: what it shows, and how many lanes high it is. */
interface Row {
  label: string;
  lanes: number;
  /** @param top of its first lane. */
  draw(top: number, scale: Scale): Markup[];
}

/** A drill from left to right: phases, faults, who did not answer and when, and what was done on each host. */
export function timeline(drill: DrillRecord): Markup {
  if (drill.phases.length === 0) return NOTHING;
  const lanes = ['recovered', ...probesOf(drill).map(outLane), ...hostsOf(drill).map(stepsLane)];
  const scale = scaleFor(drill.durationMs, lanes);
  const rows = [
    phaseRow(drill),
    ...faultRow(drill, scale),
    ...outageRows(drill),
    ...hostRows(drill),
    ...milestoneRow(drill, scale),
  ];
  const height = rows.reduce((sum, { lanes }) => sum + lanes * LANE, 0);
  let top = 0;
  const drawn = rows.map((row) => {
    const at = top;
    top += row.lanes * LANE;
    return html`<g><text class="lane" x="0" y="${middle(at)}">${truncate(row.label, scale.lettersLeft)}</text>${row.draw(at, scale)}</g>`;
  });
  return html`<svg viewBox="0 0 ${scale.width} ${height + LANE}" role="img" aria-label="Timeline of the drill; the same in figures below">
${axis(drill.durationMs, scale, height)}${drawn}</svg>`;
}

const middle = (top: number) => top + LANE / 2;

function axis(totalMs: number, scale: Scale, height: number): Markup[] {
  return ticksOf(totalMs).map((ms) => {
    const x = scale.x(ms);
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${height}"/><text class="tick" x="${x}" y="${height + LANE / 2}">${tickText(ms, totalMs)}</text>`;
  });
}

/** Something that lasts, in a lane. */
interface Span {
  startMs: number;
  endMs: number;
  top: number;
}

function bar(scale: Scale, { startMs, endMs, top }: Span, style: string, title: string): Markup {
  const x = scale.x(startMs);
  const width = Math.max(scale.x(endMs) - x, BAR_MIN).toFixed(1);
  return html`<rect class="${style}" x="${x}" y="${top + (LANE - BAR) / 2}" width="${width}" height="${BAR}" rx="2"><title>${title}</title></rect>`;
}

/** Text in a bar, where it has room. */
function caption(scale: Scale, { startMs, endMs, top }: Span, text: string): Markup {
  const room = scale.x(endMs) - scale.x(startMs);
  if (scale.textWidth(text) + 6 > room) return NOTHING;
  const x = (scale.x(startMs) + room / 2).toFixed(1);
  return html`<text class="caption" x="${x}" y="${middle(top)}">${text}</text>`;
}

function phaseRow(drill: DrillRecord): Row {
  return {
    label: 'phase',
    lanes: 1,
    draw: (top, scale) =>
      drill.phases.flatMap((phase) => {
        const span = { startMs: phase.startMs, endMs: endOf(phase, drill), top };
        const name = phaseName({ phase: phase.name, round: phase.round });
        const took = phase.durationMs === null ? 'not ended' : duration(phase.durationMs);
        const style = `phase ${kindOf(phase)} ${markOfPhase(phase).tone}`;
        return [bar(scale, span, style, `${name}: ${took}`), caption(scale, span, name)];
      }),
  };
}

function endOf(
  { startMs, durationMs }: Pick<StepRun, 'startMs' | 'durationMs'>,
  drill: DrillRecord,
) {
  return durationMs === null ? drill.durationMs : startMs + durationMs;
}

function kindOf({ name }: PhaseRun): string {
  if (name === 'inject' || name === 'impact') return 'broken';
  return name === 'recover' || name === 'settle' ? 'recovering' : 'proving';
}

function faultRow(drill: DrillRecord, scale: Scale): Row[] {
  if (drill.faults.length === 0) return [];
  const labels = drill.faults.map((fault) => ({
    ms: fault.atMs,
    text: describeFault(fault).replace(/^fault /, ''),
  }));
  return [labelledRow('fault', labels, 'fault', scale)];
}

function milestoneRow(drill: DrillRecord, scale: Scale): Row[] {
  const injectMs = drill.phases.find(({ name }) => name === 'inject')?.startMs;
  if (drill.rto === null || injectMs === undefined) return [];
  const { totalMs: _, ...milestones } = drill.rto;
  const labels = Object.entries(milestones)
    .filter((each): each is [string, number] => each[1] !== undefined)
    .toSorted(([, a], [, b]) => a - b)
    .map(([name, afterMs]) => ({
      ms: injectMs + afterMs,
      text: `${milestoneName(name)} +${duration(afterMs)}`,
    }));
  return labels.length === 0 ? [] : [labelledRow('recovered', labels, 'milestone', scale)];
}

/** Moments with their names, in as many lanes as it takes that no name covers another. */
function labelledRow(
  label: string,
  labels: readonly { ms: number; text: string }[],
  style: string,
  scale: Scale,
): Row {
  const placed = lanesOfLabels(labels, scale);
  return {
    label,
    lanes: Math.max(...placed.map(({ lane }) => lane)) + 1,
    draw: (top) =>
      placed.map(({ text, lane, x, textX, anchor }) => {
        const y = middle(top + lane * LANE);
        return html`<circle class="${style}" cx="${x}" cy="${y}" r="4"/><text class="moment" text-anchor="${anchor}" x="${textX}" y="${y}">${text}</text>`;
      }),
  };
}

const outLane = (probe: string) => `${probe} out`;
const stepsLane = (host: string) => `steps on ${host}`;

function probesOf({ outages }: DrillRecord): string[] {
  return [...new Set(outages.map(whoWasOut))];
}

function hostsOf({ runbooks }: DrillRecord): string[] {
  return [...new Set(runbooks.flatMap(({ steps }) => steps.map(({ host }) => host)))].sort();
}

function outageRows(drill: DrillRecord): Row[] {
  return probesOf(drill).map((probe) => ({
    label: outLane(probe),
    lanes: 1,
    draw: (top, scale) =>
      drill.outages
        .filter((outage) => whoWasOut(outage) === probe)
        .flatMap((outage) => {
          const { startMs, endMs } = outage;
          const span = { startMs, endMs, top };
          const took = duration(endMs - startMs);
          return [
            bar(scale, span, 'outage', `${probe} did not answer for ${took}${budgetOf([outage])}`),
            caption(scale, span, took),
          ];
        }),
  }));
}

function hostRows(drill: DrillRecord): Row[] {
  const steps = drill.runbooks.flatMap((runbook) => runbook.steps);
  return hostsOf(drill).map((host) => ({
    label: stepsLane(host),
    lanes: 1,
    draw: (top, scale) =>
      steps
        .filter((step) => step.host === host)
        .flatMap((step) => drawnStep(step, top, scale, drill)),
  }));
}

function drawnStep(step: StepRun, top: number, scale: Scale, drill: DrillRecord): Markup[] {
  const span = { startMs: step.startMs, endMs: endOf(step, drill), top };
  const name = stepName({ step: step.number, title: step.title, host: step.host });
  const how = step.problem ?? (step.durationMs === null ? 'not ended' : duration(step.durationMs));
  return [
    bar(scale, span, step.problem === null ? 'step' : 'step bad', `${name}: ${how}`),
    caption(scale, span, String(step.number)),
  ];
}
