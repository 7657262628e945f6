import type { Examination } from '../model/check.ts';
import { messageOf } from '../support/errors.ts';
import type { Detector } from './detector.ts';
import { alarms } from './detectors/alarms.ts';
import { apiReads } from './detectors/api-reads.ts';
import { apiServerCaches } from './detectors/api-server-caches.ts';
import { apiServerStores } from './detectors/api-server-stores.ts';
import { apiServices } from './detectors/api-services.ts';
import { baseline } from './detectors/baseline.ts';
import { bootstrapTokens } from './detectors/bootstrap-tokens.ts';
import { certificates } from './detectors/certificates.ts';
import { coredns } from './detectors/coredns.ts';
import { encryption } from './detectors/encryption.ts';
import { freshObject } from './detectors/fresh-object.ts';
import { freshWork } from './detectors/fresh-work.ts';
import { kubelets } from './detectors/kubelets.ts';
import { leaderLeases } from './detectors/leader-leases.ts';
import { listRevision } from './detectors/list-revision.ts';
import { memberData } from './detectors/member-data.ts';
import { members } from './detectors/members.ts';
import { namespaces } from './detectors/namespaces.ts';
import { nodeLeases } from './detectors/node-leases.ts';
import { owners } from './detectors/owners.ts';
import { podAdmission } from './detectors/pod-admission.ts';
import { podToken } from './detectors/pod-token.ts';
import { readiness } from './detectors/readiness.ts';
import { reassignedAddresses } from './detectors/reassigned-addresses.ts';
import { revision } from './detectors/revision.ts';
import { serviceAccountKeys } from './detectors/service-account-keys.ts';
import { serviceAddresses } from './detectors/service-addresses.ts';
import { serviceEndpoints } from './detectors/service-endpoints.ts';
import { serviceRules } from './detectors/service-rules.ts';
import { unhandledWork } from './detectors/unhandled-work.ts';
import type { Patient } from './patient.ts';

/** In the order in which their cures are applied; see stages.ts. */
export const DETECTORS: readonly Detector[] = [
  members,
  memberData,
  alarms,
  encryption,
  apiServerStores,
  revision,
  readiness,
  certificates,
  serviceAccountKeys,
  podToken,
  listRevision,
  apiServerCaches,
  apiReads,
  freshObject,
  podAdmission,
  apiServices,
  owners,
  leaderLeases,
  unhandledWork,
  freshWork,
  nodeLeases,
  bootstrapTokens,
  kubelets,
  serviceEndpoints,
  serviceAddresses,
  reassignedAddresses,
  serviceRules,
  coredns,
  namespaces,
  baseline,
];

export interface Diagnosis {
  detector: Detector;
  examination: Examination;
}

/** What is looked at only where the user says so. */
export interface Allowed {
  canary: boolean;
  kubelets: boolean;
  bootstrapTokens: boolean;
  coredns: boolean;
  kubeProxy: boolean;
}

export interface DiagnoseOptions extends Allowed {
  onDetected?(diagnosis: Diagnosis): void;
}

/** Lets every detector look, side by side; one that cannot does not hold up the others. */
export async function diagnose(patient: Patient, options: DiagnoseOptions): Promise<Diagnosis[]> {
  return Promise.all(
    DETECTORS.map(async (detector) => {
      const reason = lacking(detector, patient, options);
      const examination =
        reason === null
          ? await detector.detect(patient).catch(unseen)
          : { verdict: 'skipped' as const, reason, findings: [] };
      const diagnosis = { detector, examination };
      options.onDetected?.(diagnosis);
      return diagnosis;
    }),
  );
}

function unseen(thrown: unknown): Examination {
  return { verdict: 'unknown', reason: messageOf(thrown), findings: [] };
}

function lacking({ needs }: Detector, { parts }: Patient, allowed: Allowed): string | null {
  if (needs === 'etcd' && parts.members.length === 0) return 'it asks etcd: --etcd';
  if (needs === 'baseline' && parts.baseline === undefined)
    return 'it compares with an inventory of before: --baseline';
  if (needs === 'canary' && !allowed.canary) return 'it writes a canary and removes it: --canary';
  if (needs === 'kubelets' && !allowed.kubelets)
    return 'it asks each kubelet through the API server, which takes the right nodes/proxy: --kubelets';
  if (needs === 'bootstrap-tokens' && !allowed.bootstrapTokens)
    return 'it lists the tokens with which nodes join, which takes the right to list Secrets of kube-system: --bootstrap-tokens';
  if (needs === 'coredns' && !allowed.coredns)
    return 'it asks each CoreDNS pod, which takes a machine that reaches pods: --coredns';
  if (needs === 'kube-proxy' && !allowed.kubeProxy)
    return 'it runs nft or iptables-save in each kube-proxy pod, which takes the right pods/exec in kube-system: --kube-proxy';
  if (needs === 'pod-token' && parts.podToken === undefined)
    return 'it has a token reviewed that a pod got before the restore: --pod-token';
  return null;
}
