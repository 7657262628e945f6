import type { CheckView, DrillFacts } from '../../harness/model/check.ts';
import type { Observation, ObservationKind } from '../../harness/model/observation.ts';
import { healthy } from './healthy.ts';

/** One thing broken on purpose in a healthy cluster, and the code that must name it. */
export interface Defect {
  check: string;
  code: string;
  /** What was done to the cluster. */
  planted: string;
  view: CheckView;
}

type Seen<K extends ObservationKind> = Extract<Observation, { kind: K }>;

/** Changes what was seen of one kind; null takes the observation away. */
export function alter<K extends ObservationKind>(
  view: CheckView,
  kind: K,
  change: (seen: Seen<K>) => Observation | null,
): CheckView {
  const now = view.now.flatMap((observation) => {
    if (observation.kind !== kind) return [observation];
    const changed = change(observation as Seen<K>);
    return changed === null ? [] : [changed];
  });
  return { ...view, now };
}

/** `alter` for what was seen on one host. */
export function alterOn<K extends ObservationKind>(
  view: CheckView,
  kind: K,
  host: string,
  change: (seen: Seen<K>) => Observation | null,
): CheckView {
  return alter(view, kind, (seen) => (seen.source === host ? change(seen) : seen));
}

export function withFacts(view: CheckView, facts: Partial<DrillFacts>): CheckView {
  return { ...view, facts: { ...view.facts, ...facts } };
}

/** The host answers nothing of one kind any more. */
export function silence(
  view: CheckView,
  of: Exclude<ObservationKind, 'unavailable'>,
  host: string,
  reason = 'connection refused',
): CheckView {
  const now = view.now.filter((seen) => seen.kind !== of || seen.source !== host);
  const look: Observation = { kind: 'unavailable', source: host, atMs: 0, of, reason };
  return { ...view, now: [...now, look] };
}

/** Defects of one check, each planted into a healthy cluster of its own. */
export function defectsOf(
  check: string,
  plants: readonly [code: string, planted: string, plant: (twin: CheckView) => CheckView][],
): Defect[] {
  return plants.map(([code, planted, plant]) => ({
    check,
    code,
    planted,
    view: plant(healthy()),
  }));
}
