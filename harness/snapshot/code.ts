import type { Severity } from '../model/finding.ts';
import type { SnapshotVerdict } from '../model/verdict.ts';

/** What a finding code means for the reader of a report. */
export interface SnapshotCode {
  severity: Severity;
  /** The verdict that this finding alone leads to. */
  verdict: SnapshotVerdict;
  /** What to do, when the finding itself has nothing more precise to say. */
  cure: string;
}

export type SnapshotCodeTable = Readonly<Record<string, SnapshotCode>>;
