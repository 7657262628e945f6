import type { Rpo } from '../model/event.ts';

/** A write that the cluster said it has kept. */
export interface Acknowledged {
  /** When the answer came, milliseconds since 1970. */
  atMs: number;
  revision: number;
  /** The host that answered. */
  host: string;
}

export interface BackupMoment {
  /** Milliseconds since 1970. */
  atMs: number;
  /** The newest that the backup holds. */
  revision: number;
}

export function highestRevisionOf(writes: readonly Acknowledged[]): number {
  return writes.reduce((highest, { revision }) => Math.max(highest, revision), 0);
}

/**
 * What going back to the backup loses.
 * @param lostAtMs when the cluster was given up: later acknowledgements are of the restored one.
 * @param others distinct objects that were written after the backup besides the canary's own.
 */
export function rpoOf(
  writes: readonly Acknowledged[],
  backup: BackupMoment,
  lostAtMs: number,
  others: number,
): Rpo {
  const lost = writes.filter(
    ({ atMs, revision }) => atMs <= lostAtMs && revision > backup.revision,
  );
  const last = lost.at(-1);
  if (last === undefined) return { ms: 0, revisions: 0, objects: others };
  return {
    ms: Math.max(0, last.atMs - backup.atMs),
    revisions: highestRevisionOf(lost) - backup.revision,
    objects: others + 1,
  };
}
