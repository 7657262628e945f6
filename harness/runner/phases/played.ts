import type { Rpo, Rto } from '../../model/event.ts';
import type { DrillVerdict } from '../../model/verdict.ts';
import type { Canary } from '../../populate/canary.ts';
import type { Cluster } from '../../targets/target.ts';
import type { ChaosScripts } from '../chaos-scripts.ts';
import type { Lookout } from '../lookout.ts';
import type { Strikes } from '../strikes.ts';
import type { Backup } from './backup.ts';

/** What is known even when a drill stops half-way. */
export interface Played {
  rto: Rto | null;
  rpo: Rpo | null;
  cluster: Cluster | undefined;
}

export interface PlayedOut {
  verdict: Extract<DrillVerdict, 'passed' | 'reproduced'>;
  reason: string;
}

/** A drill whose backup is taken, with everything in place that watches the disaster. */
export interface Ready {
  cluster: Cluster;
  lookout: Lookout;
  taken: Backup;
  canary: Canary;
  strikes: Strikes;
  chaos: ChaosScripts;
  /** More writes that a return to the backup must take back. */
  write(revisions: number): Promise<void>;
}
