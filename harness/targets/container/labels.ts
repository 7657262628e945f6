import { ownWord } from '../../toolchain/owner.ts';

/** On every container, network and volume of a drill: the run's id. `kubedrill clean` finds them by it. */
export const RUN_LABEL = 'io.kubedrill.run';
/** Beside it: the process that plays the drill, so that what belongs to a living one is left alone. */
export const OWNER_LABEL = 'io.kubedrill.owner';
/** On images that we built, also on unfinished ones: what they are for. */
export const IMAGE_LABEL = 'io.kubedrill.image';
/** Beside it, where there is one image for each version of something: the programs in it and their versions. */
export const HOLDS_LABEL = 'io.kubedrill.holds';

/** The labels of everything that this process makes for a run. */
export function runLabels(runId: string): Record<string, string> {
  return { [RUN_LABEL]: runId, [OWNER_LABEL]: ownWord };
}
