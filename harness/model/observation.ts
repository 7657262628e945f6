import type { ObjectRef } from './finding.ts';
import type { NodeObservation } from './node-observation.ts';

/**
 * What a probe saw: facts with their source and time, never a judgement.
 * `source` is the host asked (`etcd-2`); `atMs` is milliseconds since 1970.
 * A probe that could not look returns `unavailable`, which makes the checks that need it *unknown*.
 */
export type Observation =
  | MemberStatus
  | MemberList
  | PeerLinks
  | AddressView
  | MemberLog
  | RevisionHash
  | Alarms
  | WriteCanary
  | EtcdObjects
  | ApiList
  | ApiGet
  | CustomResource
  | WatchClient
  | FreshObject
  | PodAdmission
  | PodWebhook
  | LeaderLease
  | ServiceAddresses
  | ClientToken
  | BootstrapToken
  | NewWorkload
  | DnsNames
  | IngressRouteSeen
  | BackupFile
  | NodeObservation
  | Unavailable;

export type ObservationKind = Observation['kind'];

export interface Seen {
  source: string;
  atMs: number;
}

/** `Maintenance.Status` of one member. IDs are hexadecimal, because JSON numbers round them. */
export interface MemberStatus extends Seen {
  kind: 'member-status';
  clusterId: string;
  memberId: string;
  /** '0' when it knows no leader. */
  leaderId: string;
  raftTerm: number;
  revision: number;
  dbSizeBytes: number;
  version: string;
  learner: boolean;
  errors: string[];
}

export interface Member {
  id: string;
  name: string;
  peerUrls: string[];
  clientUrls: string[];
  learner: boolean;
}

/** The member list as one member tells it (serializable: without asking the others). */
export interface MemberList extends Seen {
  kind: 'member-list';
  clusterId: string;
  members: Member[];
}

/** What a member that does not answer left in its host's log. */
export interface MemberLog extends Seen {
  kind: 'member-log';
  /** Whether its process runs all the same. */
  running: boolean;
  /** The last lines, redacted; '' while it runs. */
  end: string;
}

/** Connections that one host tried to open to another, one after the other within a short time. */
export interface PeerCalls {
  made: number;
  answered: number;
  /** Refused, or without a way there. */
  refused: number;
  /**
   * How often the host's kernel had to send the first packet of a call again, to whichever peer. On a
   * busy machine calls take long too, but are not repeated.
   */
  repeated: number;
  /** Until the quickest of them stood; null when none did. */
  fastestMs: number | null;
}

/** Which of the others one member can reach. */
export interface PeerLinks extends Seen {
  kind: 'peer-links';
  /** Whether it knows a leader. */
  led: boolean;
  /** Only those it has ever tried to reach since it started. */
  peers: {
    memberId: string;
    /** By its metrics. Where packets vanish without a word it does not notice for a long time. */
    active: boolean;
    /** What came of calling the peer's address from the member's host just now; null: not tried. */
    calls: PeerCalls | null;
  }[];
}

/** The network as one host sees it; looked at only where some member does not answer. */
export interface AddressView extends Seen {
  kind: 'address-view';
  /** Its own hardware address, and the IP addresses that it has. */
  hardware: string;
  addresses: string[];
  /** Which hardware answers at the addresses that the other hosts ought to have. */
  neighbours: { address: string; hardware: string }[];
}

/** `HashKV` of one member at one given revision that all members have. */
export interface RevisionHash extends Seen {
  kind: 'revision-hash';
  atRevision: number;
  hash: number;
  compactRevision: number;
}

export interface Alarms extends Seen {
  kind: 'alarms';
  alarms: { memberId: string; alarm: 'nospace' | 'corrupt' }[];
}

/** A key put through `source` and read, serializably, from each member. */
export interface WriteCanary extends Seen {
  kind: 'write-canary';
  /** null when the write was acknowledged. */
  writeError: string | null;
  reads: { member: string; found: boolean; error: string | null }[];
}

export interface ObservedObject extends ObjectRef {
  uid: string | null;
  /** Mod revision in etcd, resourceVersion through the API. */
  revision: number;
  /** Of the stored value (etcd) or of the object without what a rule lets change (API); null when not taken. */
  contentHash: string | null;
}

/** Every Kubernetes object that one etcd member holds, read serializably at one revision. */
export interface EtcdObjects extends Seen {
  kind: 'etcd-objects';
  revision: number;
  objects: ObservedObject[];
  /** Keys that are no API objects. */
  otherKeys: number;
  /** Resources of which at least one value is encrypted; left out where there are none. */
  encrypted?: { group: string; resource: string; encrypted: number; plain: ObjectRef[] }[];
}

/** One resource listed through one API server. */
export interface ApiList extends Seen {
  kind: 'api-list';
  group: string;
  version: string;
  resource: string;
  /** `cache`: resourceVersion=0; `consistent`: no resourceVersion. */
  mode: 'cache' | 'consistent';
  /** 0 when the list failed. */
  resourceVersion: number;
  objects: ObservedObject[];
  error: string | null;
}

/** One object asked for by name, which goes to etcd and not to the cache. */
export interface ApiGet extends Seen {
  kind: 'api-get';
  object: ObjectRef;
  found: boolean;
  uid: string | null;
  error: string | null;
}

/** A CustomResourceDefinition and whether each version it serves can be listed. */
export interface CustomResource extends Seen {
  kind: 'custom-resource';
  name: string;
  group: string;
  resource: string;
  established: boolean;
  storedVersions: string[];
  versions: { name: string; served: boolean; listed: number | null; error: string | null }[];
}

/** A watch opened before the fault and kept open by a client that resumes as client-go does. */
export interface WatchClient extends Seen {
  kind: 'watch-client';
  client: string;
  /** The newest resourceVersion the client has seen. */
  lastRevision: number;
  /** How often it was told 410 (Expired) and listed anew. */
  expiredCount: number;
  /** Objects the client believes exist but are gone, and the other way round, of those made to be watched. */
  ghosts: ObjectRef[];
  missing: ObjectRef[];
  /** How long its view has been wrong without an event, 0 when right. */
  staleMs: number;
}

/** An object created now: is it in LIST (from the cache) of this API server? */
export interface FreshObject extends Seen {
  kind: 'fresh-object';
  object: ObjectRef;
  createError: string | null;
  /** null: not listed within `polledMs`. */
  listedAfterMs: number | null;
  polledMs: number;
}

/** A server-side dry run of a pod. */
export interface PodAdmission extends Seen {
  kind: 'pod-admission';
  namespace: string;
  error: string | null;
  tookMs: number;
}

/** A webhook that is asked about every new pod and fails closed, with what stands behind it. */
export interface PodWebhook extends Seen {
  kind: 'pod-webhook';
  /** `mpod.kb.io`. */
  name: string;
  /** As kubectl takes it: `mutatingwebhookconfiguration/kruise-mutating-webhook-configuration`. */
  configuration: string;
  /** Null for one that is called by a URL; `endpoints` are the ready addresses. */
  service: { namespace: string; name: string; exists: boolean; endpoints: string[] } | null;
}

/** A leader-election Lease, watched for a renewal. */
export interface LeaderLease extends Seen {
  kind: 'leader-lease';
  name: string;
  holder: string;
  renewedAtMs: number;
  leaseDurationMs: number;
  /** Whether its renewTime moved while we looked. */
  renewedWhileWatched: boolean;
}

/** A file below BACKUP_DIR that was written since the recovery began, judged as `verify` judges it. */
export interface BackupFile extends Seen {
  kind: 'backup-file';
  name: string;
  sizeBytes: number;
  /** `partial`: etcdctl has not come to its end. */
  verdict: 'trusted' | 'suspect' | 'reject' | 'partial';
  /** Of its newest row; 0 when it cannot be read. */
  revision: number;
  /** The highest that any client had been told was stored when the file was begun. */
  acknowledgedRevision: number;
  /** The worst that was found; null when nothing was. */
  problem: string | null;
}

/** Every Service with an address of its own. */
export interface ServiceAddresses extends Seen {
  kind: 'service-addresses';
  services: { object: ObjectRef; addresses: string[] }[];
}

/** Whether an API server takes the token that a client was given before the fault. */
export interface ClientToken extends Seen {
  kind: 'client-token';
  /** `system:serviceaccount:shop:default` */
  client: string;
  /** What the API server says of it; null when it takes it. */
  error: string | null;
}

/** A token with which a node may join. */
export interface BootstrapToken extends Seen {
  kind: 'bootstrap-token';
  object: ObjectRef;
  /** Milliseconds since 1970; null for one that never expires. */
  expiresAtMs: number | null;
}

/** A ReplicaSet of one pod, made now: who does not do his part is deaf. */
export interface NewWorkload extends Seen {
  kind: 'new-workload';
  createError: string | null;
  /** Until controller-manager had made its pod; null: not within `watchedMs`. */
  podAfterMs: number | null;
  /** Until the scheduler had given it a node. */
  nodeAfterMs: number | null;
  watchedMs: number;
}

/** One question to a DNS server about a Service. */
export interface AskedName {
  service: ObjectRef;
  /** `web.shop.svc.cluster.local` */
  name: string;
  type: 'A' | 'SRV';
  transport: 'udp' | 'tcp';
  /** What follows from the Service as it is now: addresses, or `port target`; null: no such name. */
  expected: string[] | null;
  /** null when it said that there is no such name, and when there is an error. */
  answered: string[] | null;
  error: string | null;
}

/** What one CoreDNS answers about Services that there are, and about some that there are not. */
export interface DnsNames extends Seen {
  kind: 'dns-names';
  /** Why a name that every cluster has was not answered; null when it was. */
  silent: { udp: string | null; tcp: string | null };
  asked: AskedName[];
}

/** Where one route of an ingress controller leads; the source is its URL. */
export interface IngressRouteSeen extends Seen {
  kind: 'ingress-route';
  /** The name that the answering pod told; null when nobody answered. */
  pod: string | null;
  /** Whether the API has a pod of that name; null when nobody told. */
  known: boolean | null;
  error: string | null;
}

export interface Unavailable extends Seen {
  kind: 'unavailable';
  /** Of which kind the observation would have been. */
  of: Exclude<ObservationKind, 'unavailable'>;
  reason: string;
}
