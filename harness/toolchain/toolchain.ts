import { z } from 'zod';

/** How one tool was come by. `passedOver` says, in one line each, why the earlier sources were not taken. */
const toolSourceSchema = z.object({
  product: z.string(),
  tool: z.string(),
  /** What the binary itself reports: `3.6.16`. */
  version: z.string(),
  source: z.enum(['given', 'PATH', 'cache', 'release', 'image', 'go', 'distribution']),
  path: z.string(),
  passedOver: z.array(z.object({ source: z.string(), reason: z.string() })),
});

const etcdToolsSchema = z.object({
  /** Of the daemon: `3.6.16`. */
  version: z.string(),
  etcd: z.string(),
  etcdctl: z.string(),
  etcdutl: z.string(),
});

const kubernetesToolsSchema = z.object({
  /** Of kube-apiserver, without a `v`: `1.36.3`. */
  version: z.string(),
  kubeApiserver: z.string(),
  kubectl: z.string(),
  /** The controllers are there unless they were not asked for. */
  kubeControllerManager: z.string().optional(),
  kubeScheduler: z.string().optional(),
});

/**
 * The programs of one drill: absolute paths of binaries that were seen to run here.
 * Plain JSON, because the plan of a drill hands it to the process inside the drill's namespaces;
 * read it back there with `toolchainSchema.parse`.
 */
export const toolchainSchema = z.object({
  etcd: etcdToolsSchema,
  kubernetes: kubernetesToolsSchema.optional(),
  sources: z.array(toolSourceSchema),
});

export type Toolchain = z.infer<typeof toolchainSchema>;
export type EtcdTools = z.infer<typeof etcdToolsSchema>;
export type KubernetesTools = z.infer<typeof kubernetesToolsSchema>;
export type ToolSource = z.infer<typeof toolSourceSchema>;
export type SourceName = ToolSource['source'];
