/** What kind is asked to make. */
export interface KindCluster {
  controlPlanes: number;
  workers: number;
  /** A node image with a tag: `kubedrill-kind-node:4f1c…`, `kindest/node:v1.36.3`. */
  image: string;
  serviceCidr: string;
  /** A folder of this machine that every node sees at `BACKUP_DIR`. */
  backupDir: string;
  /** A folder of this machine with archives of images that every node is given at `IMAGES_DIR`. */
  imagesDir?: string | undefined;
}

/** Where every node finds the backups. */
export const BACKUP_DIR = '/backup';
/** Where every node finds images that it was not made with; see rootfs/prepare-node. */
const IMAGES_DIR = '/images';
/** Addresses of pods, on every node. */
export const POD_CIDR = '10.244.0.0/16';

/**
 * Several control planes on one machine of two cores let heartbeats come late; with etcd's own second of patience
 * every burst of work is an election. https://etcd.io/docs/v3.6/tuning/
 */
const PATIENT_ETCD = {
  kind: 'ClusterConfiguration',
  etcd: { local: { extraArgs: { 'heartbeat-interval': '300', 'election-timeout': '3000' } } },
};

/**
 * kind's configuration file; JSON is YAML.
 * The kubelet refuses control groups of version 1 unless told otherwise, from Kubernetes 1.35 on.
 * https://kind.sigs.k8s.io/docs/user/configuration/
 */
export function clusterConfig(cluster: KindCluster): string {
  const node = (role: 'control-plane' | 'worker') => ({
    role,
    image: cluster.image,
    extraMounts: [
      { hostPath: cluster.backupDir, containerPath: BACKUP_DIR },
      ...(cluster.imagesDir === undefined
        ? []
        : [{ hostPath: cluster.imagesDir, containerPath: IMAGES_DIR, readOnly: true }]),
    ],
  });
  const config = {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { podSubnet: POD_CIDR, serviceSubnet: cluster.serviceCidr },
    kubeadmConfigPatches: [
      { kind: 'KubeletConfiguration', failCgroupV1: false },
      ...(cluster.controlPlanes > 1 ? [PATIENT_ETCD] : []),
    ].map((patch) => JSON.stringify(patch)),
    nodes: [
      ...Array.from({ length: cluster.controlPlanes }, () => node('control-plane')),
      ...Array.from({ length: cluster.workers }, () => node('worker')),
    ],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The name that kind's containers begin with: short, because it is in every host name. */
export function clusterName(runId: string): string {
  return `kd-${runId.slice(-4)}`;
}

/** The names that kind will give to the nodes, in its order. */
export function nodeNames(
  cluster: string,
  count: { controlPlanes: number; workers: number },
): string[] {
  const numbered = (role: string, length: number) =>
    Array.from({ length }, (_, index) => `${cluster}-${role}${index === 0 ? '' : index + 1}`);
  return [...numbered('control-plane', count.controlPlanes), ...numbered('worker', count.workers)];
}
