import type { SnapshotCode, SnapshotCodeTable } from '../code.ts';

const reject = (cure: string): SnapshotCode => ({ severity: 'error', verdict: 'reject', cure });
const error = (cure: string): SnapshotCode => ({ severity: 'error', verdict: 'suspect', cure });
const warning = (cure: string): SnapshotCode => ({ severity: 'warning', verdict: 'suspect', cure });
const info = (cure: string): SnapshotCode => ({ severity: 'info', verdict: 'trusted', cure });

/** Codes of what a restore of a whole file will bring to Kubernetes; one entry a code. */
export const HAZARD_CODES = {
  'another-prefix': warning("give kube-apiserver's --etcd-prefix as --etcd-prefix"),
  'value-undecodable': reject('take another backup, or delete the object after the restore'),
  'key-mismatch': error(
    'take another backup; if there is none, look at key and value with `kubedrill inspect`',
  ),
  'encryption-key-unknown': error(
    'find the EncryptionConfiguration of that time and give it with --encryption-config',
  ),
  'encryption-key-wrong': error(
    'find the EncryptionConfiguration of that time: the key of this name has other bytes',
  ),
  'encryption-key-unchecked': info('make sure that the KMS or the key is still there'),

  'webhook-blocks-pods': error('delete the webhook configuration right after the restore'),
  'webhook-without-endpoints': warning(
    'start what answers it first, or delete its configuration right after the restore',
  ),
  'webhook-guards-itself': warning(
    'exempt its own namespace with a namespaceSelector, and have the command ready that deletes the configuration',
  ),
  'webhook-ca-mismatch': warning(
    'restart its operator after the restore, or delete the configuration',
  ),
  'webhook-outside-cluster': info('make sure that it is reachable from the restored cluster'),
  'apiservice-unavailable': warning('bring its server back, or delete the APIService'),

  'cr-without-crd': warning('apply the CustomResourceDefinition again after the restore'),
  'cr-version-unknown': error(
    'apply a CustomResourceDefinition that has this version too, then migrate the objects',
  ),
  'cr-version-not-served': info('nothing for the restore; migrate the objects some day'),

  'namespace-stuck-terminating': warning(
    'bring back the controller of the finalizer, or remove the finalizer from the objects that hold it',
  ),
  'namespace-missing': warning('create the namespace again before controllers start'),
  'owner-missing': warning(
    'start controller-manager with --controllers=*,-garbage-collector-controller until they are exported or their owner references removed',
  ),
  'pod-on-missing-node': warning('let the node join again under its name, or accept the deletion'),

  'volume-will-be-deleted': error(
    'before controller-manager starts: kubectl patch pv NAME -p \'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\'',
  ),
  'volume-claim-missing': warning(
    'decide whether the volume still holds data that is needed; it stays Released',
  ),
  'volume-claim-mismatch': warning(
    'to bind it to the claim of today: kubectl patch pv NAME --type json -p \'[{"op":"remove","path":"/spec/claimRef/uid"}]\'',
  ),
  'volume-missing': warning('restore the volume object too, or make the claim anew'),

  'cluster-ip-duplicate': error('make one of the Services anew, so that it gets another IP'),
  'cluster-ip-unallocated': warning(
    'nothing if kube-apiserver repairs it within a few minutes; check for its events ClusterIPNotAllocated',
  ),
  'node-port-duplicate': error('give one of the Services another node port'),
  'node-port-unallocated': warning('nothing if kube-apiserver repairs it within a few minutes'),
  'master-lease-permanent': warning('delete these keys after the restore'),

  'service-account-key-unknown': error(
    'bring the old sa.key and sa.pub back, or add the old key as another --service-account-key-file',
  ),
  'service-account-key-unproven': info('keep sa.pub beside the backup'),
  'expired-certificate-in-secret': warning('renew it before its users need it'),
  'bootstrap-token-expired': info('kubeadm token create'),
  'lease-expired': warning('find out whether its holder still exists; leadership waits for it'),
  'jobs-run-again': info(
    'suspend what must not run twice before controller-manager starts: kubectl patch cronjob NAME -p \'{"spec":{"suspend":true}}\'',
  ),

  'too-old': error('take a newer backup, and find out why there was none'),
  'age-unknown': warning('compare its revision with that of the live etcd: --min-revision'),
  'written-in-the-future': warning('check the clocks, and --as-of'),

  'boot-etcd-failed': reject('do not restore it; take another backup of the same cluster'),
  'boot-api-failed': error('read what it said; give --encryption-config if values are encrypted'),
  'boot-unlistable': error(
    'take another backup, or delete the objects that are named from etcd after the restore',
  ),
  'boot-object-missing': error('compare with `kubedrill inspect`: why does the API not show them?'),
  'boot-not-served': warning(
    'restore with the version of Kubernetes that wrote the backup, or apply the missing definitions',
  ),
  'boot-listed': info('nothing'),

  'baseline-contradiction': reject(
    'do not restore it: it was changed after it was saved, or it is of a member that had diverged',
  ),
  'baseline-diverged': error(
    'find out which history is the true one: the members had split, or one was restored in between',
  ),
  'baseline-compared': info('kubedrill diff shows them one by one'),
  'baseline-lost': warning('look whether these objects were deleted on purpose'),
  'baseline-signature-missing': error('sign it: kubedrill baseline FILE --sign-key KEY'),
  'baseline-signature-invalid': reject('do not believe the baseline; find the one that was signed'),
} as const satisfies SnapshotCodeTable;
