import type { DrillFacts } from '../model/check.ts';
import type { Observation, ObservationKind } from '../model/observation.ts';

type Seen<K extends ObservationKind> = Extract<Observation, { kind: K }>;
type LookedFor = Exclude<ObservationKind, 'unavailable'>;

/** The observations of one kind, in the order in which they were made. */
export function allOf<K extends ObservationKind>(
  observations: readonly Observation[],
  kind: K,
): Seen<K>[] {
  return observations.filter((observation): observation is Seen<K> => observation.kind === kind);
}

/** The newest observation of one kind by the host it came from. */
export function bySource<K extends ObservationKind>(
  observations: readonly Observation[],
  kind: K,
): Map<string, Seen<K>> {
  return new Map(allOf(observations, kind).map((seen) => [seen.source, seen]));
}

/**
 * Why one kind of observation is not complete: what could not be looked at, and which of
 * `sources` nobody looked at. Empty when the check has seen all that it needs.
 */
export function blindSpots(
  observations: readonly Observation[],
  kind: LookedFor,
  sources: readonly string[],
): string[] {
  const failed = allOf(observations, 'unavailable').filter((look) => look.of === kind);
  const asked = new Set([...failed, ...allOf(observations, kind)].map((look) => look.source));
  const label = kind.replaceAll('-', ' ');
  return [
    ...failed.map((look) => `no ${label} from ${look.source}: ${look.reason}`),
    ...sources
      .filter((source) => !asked.has(source))
      .map((source) => `no ${label} from ${source}: nobody asked`),
  ];
}

export function memberHosts(facts: DrillFacts): string[] {
  return facts.members.map((member) => member.host);
}
