import type { Finding } from '../../model/finding.ts';
import type { ClusterContent } from './cluster-content.ts';

/** What a store is judged by, beside its content. */
export interface Judgement {
  /** The time to judge ages and certificates by, ms since 1970. */
  asOfMs: number;
  /** Oldest acceptable newest write; unlimited when absent. */
  maxAgeMs?: number | undefined;
  /** `kid` of every service-account key that the restored kube-apiserver will have. */
  serviceAccountKeyIds?: ReadonlySet<string> | undefined;
}

/** One thing that a restore of a whole file can bring; pure. Silent on a healthy store. */
export type Hazard = (content: ClusterContent, judgement: Judgement) => Finding[];
