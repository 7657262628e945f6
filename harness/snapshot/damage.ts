import type { Finding } from '../model/finding.ts';
import { type SnapshotCodeName, snapshotFinding } from './codes.ts';

interface Seen {
  message: string;
  where: string;
  count: number;
}

/**
 * What is wrong with a file: one finding a code, with the first place and how many more there are.
 */
export class DamageLog {
  readonly #seen = new Map<SnapshotCodeName, Seen>();

  note(code: SnapshotCodeName, where: string, message: string): void {
    const seen = this.#seen.get(code);
    if (seen) seen.count += 1;
    else this.#seen.set(code, { message, where, count: 1 });
  }

  /** Takes back what only follows from damage that has its own finding: one cause, one report. */
  forget(codes: Iterable<SnapshotCodeName>): void {
    for (const code of codes) this.#seen.delete(code);
  }

  has(code: SnapshotCodeName): boolean {
    return this.#seen.has(code);
  }

  findings(): Finding[] {
    return [...this.#seen].map(([code, { message, where, count }]) =>
      snapshotFinding(code, {
        where,
        message: count === 1 ? message : `${message} (and ${count - 1} more of this kind)`,
      }),
    );
  }
}
