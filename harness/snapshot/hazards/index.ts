import type { Finding } from '../../model/finding.ts';
import { anotherPrefix } from './another-prefix.ts';
import { apiserviceUnavailable } from './apiservice-unavailable.ts';
import { bootstrapTokenExpired } from './bootstrap-token-expired.ts';
import type { ClusterContent } from './cluster-content.ts';
import { clusterIps } from './cluster-ips.ts';
import { customResources } from './custom-resources.ts';
import { encryptionKeys } from './encryption-keys.ts';
import { expiredCertificate } from './expired-certificate.ts';
import { freshness } from './freshness.ts';
import type { Hazard, Judgement } from './hazard.ts';
import { jobsRunAgain } from './jobs-run-again.ts';
import { keyMismatch } from './key-mismatch.ts';
import { leaseExpired } from './lease-expired.ts';
import { masterLeasePermanent } from './master-lease-permanent.ts';
import { namespaceMissing } from './namespace-missing.ts';
import { namespaceStuckTerminating } from './namespace-stuck-terminating.ts';
import { nodePorts } from './node-ports.ts';
import { ownerMissing } from './owner-missing.ts';
import { podOnMissingNode } from './pod-on-missing-node.ts';
import { serviceAccountKeys } from './service-account-keys.ts';
import { valueUndecodable } from './value-undecodable.ts';
import { volumeClaims } from './volume-claims.ts';
import { webhookBlocksPods } from './webhook-blocks-pods.ts';
import { webhookCaMismatch } from './webhook-ca-mismatch.ts';
import { webhookGuardsItself } from './webhook-guards-itself.ts';
import { webhookOutsideCluster } from './webhook-outside-cluster.ts';
import { webhookWithoutEndpoints } from './webhook-without-endpoints.ts';

/** In the order in which a report should name them: what stops everything first. */
const HAZARDS: readonly Hazard[] = [
  anotherPrefix,
  valueUndecodable,
  keyMismatch,
  encryptionKeys,
  webhookBlocksPods,
  webhookWithoutEndpoints,
  webhookGuardsItself,
  webhookCaMismatch,
  webhookOutsideCluster,
  apiserviceUnavailable,
  customResources,
  namespaceStuckTerminating,
  namespaceMissing,
  ownerMissing,
  podOnMissingNode,
  volumeClaims,
  clusterIps,
  nodePorts,
  masterLeasePermanent,
  serviceAccountKeys,
  expiredCertificate,
  bootstrapTokenExpired,
  leaseExpired,
  jobsRunAgain,
  freshness,
];

export function hazardFindings(content: ClusterContent, judgement: Judgement): Finding[] {
  return HAZARDS.flatMap((hazard) => hazard(content, judgement));
}
