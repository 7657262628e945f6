import type { ObjectRef } from './finding.ts';
import type { ObservedObject } from './observation.ts';

/**
 * What a return from the live store to a backup does, by comparing the two before anything is
 * restored. Without what changes all the time.
 */
export interface Foretold {
  /** Made after the backup, as they are now: they will be gone. */
  lost: ObservedObject[];
  /** Deleted since the backup, as it holds them: they will be back. */
  returned: ObservedObject[];
  /** Changed, or deleted and made anew, since the backup, as it holds them. */
  reverted: ObservedObject[];
  /** Of the last two the Jobs that had work left when the backup was taken. */
  runsAgain: ObjectRef[];
  /** Addresses of Services that will be lost: free for others. */
  freed: { object: ObjectRef; address: string }[];
  /** Whether the recovery just done was the first since: a later one changes what came back. */
  untouched: boolean;
}
