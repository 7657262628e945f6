import type { WebRoute } from '../kube/ask-web.ts';
import type { TargetName } from '../model/scenario.ts';
import type { CleanupStack } from '../support/cleanup.ts';
import type { DrillError } from '../support/errors.ts';
import type { Toolchain } from '../toolchain/toolchain.ts';
import type { Host, RunningHost } from './host.ts';

/** What some targets can do and others cannot; a scenario that needs more is skipped with the reason. */
export type Capability =
  | 'power'
  | 'freeze'
  | 'files'
  | 'disk-quota'
  | 'disconnect'
  | 'partition'
  | 'one-way-cut'
  | 'latency'
  | 'packet-loss'
  | 'addresses'
  | 'rebuild'
  | 'numeric-owners'
  | 'own-paths'
  | 'workers';

/** What a target is asked to make. */
export interface Topology {
  hostNames: string[];
  /** The first so many hosts run a kube-apiserver on top of their etcd member. */
  controlPlanes: number;
  /** Hosts besides: nodes where kubelets run, and bare hosts on target process. */
  workers: number;
  controllers: boolean;
  /** CoreDNS on each control plane. */
  dns: boolean;
  tls: boolean;
  /** Whom etcd runs as, where hosts have users of their own. */
  etcdUser: 'root' | 'etcd';
  serviceCidr: string;
  /** etcd's data directory and environment file, as every host sees them. */
  dataDir: string;
  envFile: string;
  /** What a user's own data needs of its API servers, and the snapshot to start from. */
  userData?: UserData | undefined;
}

/** A user's own backup as the cluster's first data. Paths are on the machine that runs the harness. */
export interface UserData {
  snapshot: string;
  etcdPrefix: string;
  encryptionConfig: string | undefined;
  /** PEM of the service-account key whose tokens are in the snapshot. */
  serviceAccountKey: string | undefined;
}

/** PEM files (paths on the machine that runs the harness) with which a client is an administrator. */
export interface ClientCredentials {
  ca: string;
  cert: string;
  key: string;
}

/** One etcd member as a client and as a runbook see it. */
export interface MemberAddress {
  host: string;
  name: string;
  clientUrl: string;
  peerUrl: string;
  dataDir: string;
  /** Where the harness itself reaches these URLs, if by another way. */
  dialled?: { clientUrl: string; peerUrl: string };
}

/** One kube-apiserver. */
export interface ApiServerAddress {
  host: string;
  url: string;
  /** Where the harness itself reaches that, if by another way. */
  dialUrl?: string;
}

/** One CoreDNS, reachable from the harness. */
export interface DnsServerAddress {
  host: string;
  address: string;
  port: number;
}

/** A host where a kubelet runs; its Node has the same name. */
export interface NodeAddress {
  host: string;
  /** Where its kubelet answers the harness. */
  address: string;
}

/** A route of an ingress controller, reachable from the harness at every host. */
export type IngressRoute = WebRoute;

/** A running topology. Hosts change state, so they are asked for by name each time. */
export interface Cluster {
  readonly target: TargetName;
  readonly members: readonly MemberAddress[];
  readonly apiServers: readonly ApiServerAddress[];
  /** Before the API servers; absent where clients reach them directly. */
  readonly loadBalancer?: ApiServerAddress | undefined;
  /** Absent where the drill runs no DNS of its own. */
  readonly dnsServers?: readonly DnsServerAddress[];
  /** The nodes that there ought to be now; absent where no kubelet runs. */
  nodes?(): NodeAddress[];
  /** Absent where nothing serves Ingress objects. */
  readonly ingress?: readonly IngressRoute[];
  readonly etcdCredentials: ClientCredentials | undefined;
  readonly kubeCredentials: ClientCredentials | undefined;
  /** How long an answer may take where whole machines share few cores; absent where two seconds are plenty. */
  readonly answerTimeoutMs?: number;
  /** The token the members were made with. */
  readonly clusterToken: string;
  /** The same path on every host and for the harness: survives every fault. */
  readonly backupDir: string;
  /** Makes what hosts put there readable for the harness; absent where it is anyway. */
  takeBackups?(): Promise<void>;
  readonly operator: RunningHost;
  hosts(): Host[];
  host(name: string): Host;
  /** Tells the cluster that a host has changed its state. */
  replace(host: Host): void;
  readonly network: Network | undefined;
  /** How a person gets in while a drill is paused, a line each; absent where the run's own process knows. */
  readonly waysIn?: readonly string[];
  /** Brings the data of the hosts to `hosts/` of the drill's folder; absent where it lies there anyway. */
  keepData?(): Promise<void>;
  /** Variables of a runbook that only the target knows, for one host (paths, KUBECONFIG…). */
  variablesOf(host: string): Record<string, string>;
}

/** Present where the target has the capability `disconnect`; each of the rest is a capability of its own. */
export interface Network {
  disconnect(host: string): Promise<void>;
  reconnect(host: string): Promise<void>;
  /** Hosts of different groups no longer reach each other; ends what was cut before. */
  partition(groups: readonly (readonly string[])[]): Promise<void>;
  /** What `from` sends no longer arrives at `to`; what `to` sends still arrives. Adds to what is cut. */
  cut(from: readonly string[], to: readonly string[]): Promise<void>;
  /** Ends every partition and every cut. */
  heal(): Promise<void>;
  /** Makes what leaves the host late or lost; what is left out stays as it is, `GOOD_LINK` ends it all. */
  degrade(host: string, link: Partial<Link>): Promise<void>;
  /** Each of two hosts gets the other's address and keeps its hardware address; their services stay as they are. */
  swapAddresses(one: string, other: string): Promise<void>;
  /** A machine that is none of the hosts answers on the host's address too, and wins. */
  clash(host: string): Promise<void>;
  /** Every host has its own address again, alone, and its neighbours know. */
  restoreAddresses(): Promise<void>;
  /** Who answers at the host's address: a host's name, `stranger`, or undefined for nobody. */
  whoAnswersAt(host: string): Promise<string | undefined>;
}

/** What a host's link does to what the host sends. */
export interface Link {
  delayMs: number;
  /** The delay varies by so much either way. */
  jitterMs: number;
  lossPercent: number;
}

export const GOOD_LINK: Link = { delayMs: 0, jitterMs: 0, lossPercent: 0 };

export interface Target {
  readonly name: TargetName;
  readonly capabilities: ReadonlySet<Capability>;
  /**
   * Why this machine cannot run it, with what to do; undefined when it can.
   * @throws DrillError (environment) when it could, were something started or allowed.
   */
  unavailable(): Promise<string | undefined>;
  /** Why this machine cannot do what the target could, found out by trying; undefined when it can. */
  lacks(capability: Capability, toolchain: Toolchain): Promise<string | undefined>;
  /**
   * Makes hosts, PKI, etcd and control planes and starts them.
   * @throws DrillError (environment) with the last log lines of what did not start.
   */
  provision(topology: Topology, context: ProvisionContext): Promise<Cluster>;
}

export interface ProvisionContext {
  runId: string;
  /** For host files and logs; on a real disk. */
  directory: string;
  toolchain: Toolchain;
  cleanup: CleanupStack;
  signal: AbortSignal;
  onService(host: string, unit: string, action: string): void;
  onWait(description: string, saw: string, waitedMs: number): void;
  /** Its API servers serve and the rest is still to come; not called where nothing else is waited for. */
  onServing(cluster: Cluster): void;
  /** What the hosts run on has ended, at any time until teardown: the drill is broken off. */
  onBroken(error: DrillError): void;
}
