import type { Finding, ObjectRef } from './finding.ts';
import type { Foretold } from './foretold.ts';
import type { Observation } from './observation.ts';
import type { Followed, OutageBudgets } from './scenario.ts';
import type { CheckVerdict } from './verdict.ts';

/** What the drill knows besides what was just observed. Revisions are etcd's. */
export interface DrillFacts {
  /** Hosts that run a member, and its name. */
  members: { host: string; name: string; peerUrl: string }[];
  /** Hosts that run a kube-apiserver; empty with `--kubernetes none`. */
  apiServers: string[];
  /** Hosts that run a CoreDNS. */
  dnsServers?: readonly string[] | undefined;
  /** URLs of the routes of its ingress controller. */
  ingress?: readonly string[] | undefined;
  /** Hosts where a kubelet runs: the nodes that there ought to be. */
  nodes?: readonly string[] | undefined;
  /** Whether controller-manager and scheduler run. */
  controllers: boolean;
  /** The highest revision that any client has seen before the recovery; 0 at baseline. */
  highestRevisionSeen: number;
  /** The first revision that etcd served after the recovery, where somebody looked: later writes hide a small rewind. */
  firstRevisionServed?: number | undefined;
  /** When the recovery began; null at baseline. Milliseconds since 1970. */
  recoveryStartedAtMs: number | null;
  /** Made before the backup: must be there. */
  sentinelsBefore: ObjectRef[];
  /** Made after the backup: must be gone after a restore. */
  sentinelsAfter: ObjectRef[];
  /** Objects of the baseline that were changed after the backup: only a restore takes that back. */
  changedAfter?: readonly ObjectRef[] | undefined;
  /** Objects of the baseline that were deleted after the backup: back only after a restore. */
  deletedAfter?: readonly ObjectRef[] | undefined;
  /** What the scenario follows besides. */
  follows?: readonly Followed[] | undefined;
  /** What a diff said of the restore before the fault; undefined before, and where nobody asked. */
  foretold?: Foretold | undefined;
  /** Where the drill itself writes all the while (canaries, watched objects): never compared. */
  scratch?: { namespaces: readonly string[]; keyPrefixes: readonly string[] } | undefined;
  /** Whether the recovery goes back to the backup (else nothing may be lost). */
  restores: boolean;
  /** Milestones by their names in words, in milliseconds after the fault. */
  rto: { totalMs: number; milestones: Record<string, number> } | null;
  /** How long after the fault it was given up that everything settles; undefined where it did, or nobody waited. */
  unsettledMs?: number | undefined;
  /** When each whole service was out, in milliseconds after the fault; undefined where nobody measured. */
  outages?: readonly ServiceOutage[] | undefined;
  rpo: { ms: number; revisions: number; objects: number } | null;
  budgets: {
    rtoMs?: number | undefined;
    rpoMs?: number | undefined;
    rpoRevisions?: number | undefined;
    outagesMs?: OutageBudgets | undefined;
  };
}

export interface ServiceOutage {
  service: keyof OutageBudgets;
  startMs: number;
  endMs: number;
}

/** What a check looks at: never the live system. */
export interface CheckView {
  phase: 'baseline' | 'impact' | 'verify';
  now: readonly Observation[];
  /** Observations at baseline; undefined at baseline itself. */
  baseline: readonly Observation[] | undefined;
  facts: DrillFacts;
}

export interface Examination {
  verdict: CheckVerdict;
  /** Why, in one sentence, for unknown and skipped. */
  reason: string | null;
  findings: Finding[];
}

/** A pure function from observations to findings. */
export interface Check {
  name: string;
  /** What it proves, in one sentence. */
  title: string;
  phases: readonly CheckView['phase'][];
  /** What the cluster must have for the check to apply; else it is skipped. */
  needs: readonly ('api-servers' | 'controllers' | 'dns' | 'ingress' | 'nodes' | Followed)[];
  /** Codes of earlier checks that explain all that this one would find: one cause, one report. */
  explainedBy: readonly string[];
  /** Finding codes it may report. `heals`: may pass by itself within a minute, so it is called only after polling. */
  codes: readonly { code: string; heals: boolean }[];
  examine(view: CheckView): Examination;
}
