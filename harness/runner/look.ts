import type { Examined } from '../checks/index.ts';
import type { Observation } from '../model/observation.ts';
import type { ObservableKind } from '../probes/index.ts';

/** One look at the whole cluster and what the checks make of it. */
export interface Look {
  observations: Observation[];
  examined: Examined[];
  /** What was not asked now, but taken from the look before it. */
  taken: readonly Observation['kind'][];
}

/** Dear to look at, changed by nobody who only waits, and each used by the check of its name alone. */
const STEADY_KINDS: readonly ObservableKind[] = ['certificates', 'static-pods'];

/** What the next look may take from this one while something else is waited for: what is steady and was in order. */
export function stillInOrder({ observations, examined }: Look): Observation[] {
  const passed = new Set(
    examined
      .filter(({ examination }) => examination.verdict === 'pass')
      .map(({ check }) => check.name),
  );
  const kinds = new Set<string>(STEADY_KINDS.filter((kind) => passed.has(kind)));
  return observations.filter(({ kind }) => kinds.has(kind));
}

/** A look with what it had taken from the one before it replaced by what is so now. */
export function askedAnew(
  { observations, taken }: Pick<Look, 'observations' | 'taken'>,
  asked: readonly Observation[],
): Observation[] {
  return [...observations.filter(({ kind }) => !taken.includes(kind)), ...asked];
}
