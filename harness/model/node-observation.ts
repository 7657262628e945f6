import type { Seen } from './observation.ts';

/** What was seen of nodes, of the pods on them, and of what leads to the pods. */
export type NodeObservation =
  | NodeObjects
  | ApiPods
  | KubeletPods
  | NodeContainers
  | PodAnswers
  | Services
  | ServiceRules
  | StaticPods
  | Certificates;

/** The Node objects, each with the Lease that its kubelet renews every ten seconds. */
export interface NodeObjects extends Seen {
  kind: 'nodes';
  nodes: {
    name: string;
    /** Its condition `Ready`: a word of the snapshot until its kubelet writes it anew. */
    ready: 'True' | 'False' | 'Unknown';
    /** Null without a Lease. */
    leaseRenewedAtMs: number | null;
  }[];
}

/** A pod by what API and kubelet both know of it. */
export interface PodIdentity {
  namespace: string;
  name: string;
  /** Of a static pod, what its kubelet calls it: the hash of its manifest. */
  uid: string;
}

export interface ApiPod extends PodIdentity {
  /** Null until it is bound. */
  node: string | null;
  phase: string;
  /** Its condition: a word of the snapshot until its kubelet writes it anew. */
  ready: boolean;
  deleting: boolean;
  /** IPv4; null until it has one. */
  podIp: string | null;
  hostNetwork: boolean;
  /** That its containers declare. */
  tcpPorts: number[];
  labels: Record<string, string>;
}

/** Every pod as the API has it, by a consistent list through one API server. */
export interface ApiPods extends Seen {
  kind: 'api-pods';
  pods: ApiPod[];
}

/** The pods that a kubelet thinks it runs, as it tells them itself. */
export interface KubeletPods extends Seen {
  kind: 'kubelet-pods';
  pods: (PodIdentity & {
    podIp: string | null;
    deleting: boolean;
    /** When the newest of its containers that run was started; null when none runs. */
    startedAtMs: number | null;
  })[];
}

/** The pods of which a process runs on a node, whatever its kubelet says. */
export interface NodeContainers extends Seen {
  kind: 'node-containers';
  /** Names are '' where nothing on the node tells them. */
  pods: PodIdentity[];
}

/** Which pods answered a connection from their own node just now; only those with a TCP port are asked. */
export interface PodAnswers extends Seen {
  kind: 'pod-answers';
  pods: (PodIdentity & { answered: boolean })[];
}

export interface ServiceSeen {
  namespace: string;
  name: string;
  /** IPv4; null for a headless Service, one that is only a name, or one that is none of kube-proxy's. */
  clusterIp: string | null;
  /** Under which kube-proxy serves it besides. */
  otherAddresses: string[];
  ports: { protocol: string; port: number }[];
  /** Null for one whose endpoints somebody else writes. */
  selector: Record<string, string> | null;
  /** Whether pods that are not ready belong to it too. */
  unreadyToo: boolean;
  /** IPv4 addresses of its EndpointSlices that are ready. */
  endpoints: string[];
}

/** Every Service with its endpoints, by consistent lists through one API server. */
export interface Services extends Seen {
  kind: 'services';
  services: ServiceSeen[];
}

/** kube-proxy's rules on one node for cluster IPs. */
export interface ServiceRules extends Seen {
  kind: 'service-rules';
  rules: { namespace: string; name: string; address: string; protocol: string; port: number }[];
}

/** How a container was started, or is to be. */
export interface ContainerStart {
  /** Null when it is not known by a name. */
  image: string | null;
  command: string[];
}

/** The containers of the static pods of a control plane. */
export interface StaticPods extends Seen {
  kind: 'static-pods';
  containers: {
    name: string;
    /** By its manifest in the folder that the kubelet watches; null without one. */
    intended: ContainerStart | null;
    /** As its process was started; null when none runs. */
    running: ContainerStart | null;
  }[];
}

/** Certificates of one host: those that its servers show now, and those in its files. */
export interface Certificates extends Seen {
  kind: 'certificates';
  certificates: {
    /** `kube-apiserver, as it is served`, `apiserver-etcd-client`. */
    name: string;
    expiresAtMs: number;
  }[];
  /** What has signed them, as its files are there: `ca`, `etcd-ca`, `front-proxy-ca`. */
  authorities: {
    name: string;
    /** SHA-256 of its public key: who trusts it goes by that. */
    keyHash: string;
  }[];
  /** Files that kubeadm misses. */
  missing: string[];
  /** Why kubeadm could not read its configuration from the cluster; null when it could. */
  kubeadmError: string | null;
}
