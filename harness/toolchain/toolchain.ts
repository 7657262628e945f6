import { z } from 'zod';
import { loadMatrix } from './matrix.ts';
import { type ResolveOptions, resolveProduct } from './resolve.ts';
import { chooseVersion } from './versions.ts';

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

const dnsToolsSchema = z.object({
  /** Of CoreDNS: `1.14.7`. */
  version: z.string(),
  coredns: z.string(),
});

/**
 * The programs of one drill: absolute paths of binaries that were seen to run here.
 * Plain JSON, because the plan of a drill hands it to the process inside the drill's namespaces;
 * read it back there with `toolchainSchema.parse`.
 */
export const toolchainSchema = z.object({
  etcd: etcdToolsSchema,
  kubernetes: kubernetesToolsSchema.optional(),
  dns: dnsToolsSchema.optional(),
  sources: z.array(toolSourceSchema),
});

export type Toolchain = z.infer<typeof toolchainSchema>;
export type EtcdTools = z.infer<typeof etcdToolsSchema>;
export type KubernetesTools = z.infer<typeof kubernetesToolsSchema>;
export type ToolSource = z.infer<typeof toolSourceSchema>;
export type SourceName = ToolSource['source'];

export interface ToolchainRequest extends ResolveOptions {
  /** `3.6.16`, `3.6`; undefined is the default of the matrix. */
  etcd?: string | undefined;
  /** The same, or `none`. */
  kubernetes?: string | undefined;
  /** false leaves kube-controller-manager and kube-scheduler out, which saves their build. Default true. */
  controllers?: boolean;
  /** CoreDNS too, in the version of the matrix. Default false. */
  dns?: boolean;
}

/**
 * The programs of a drill, found or made (design: given path, PATH, cache, release, image, `go build`,
 * distribution). With everything in the cache it costs a few milliseconds; otherwise minutes, with progress.
 * The only step of a drill that may need a network.
 * @throws DrillError usage: an unknown version or a wrong `given` path; environment: no source could
 *   give a tool, with the reason of each; interrupted: `signal` aborted.
 */
export async function resolveToolchain(request: ToolchainRequest = {}): Promise<Toolchain> {
  const matrix = request.matrix ?? loadMatrix();
  const options = { ...request, matrix };
  const withKubernetes = request.kubernetes !== 'none';
  chooseVersion(matrix, 'etcd', request.etcd);
  if (withKubernetes) chooseVersion(matrix, 'kubernetes', request.kubernetes);
  const tools = request.controllers === false ? ['kube-apiserver', 'kubectl'] : undefined;
  // One after the other: a build uses all cores by itself.
  const etcd = await resolveProduct('etcd', request.etcd, options);
  const kubernetes = withKubernetes
    ? await resolveProduct('kubernetes', request.kubernetes, options, tools)
    : [];
  const dns = request.dns ? await resolveProduct('coredns', undefined, options) : [];
  const all = [...etcd, ...kubernetes, ...dns];
  const of = (tool: string) => all.find((each) => each.tool === tool);
  return toolchainSchema.parse({
    etcd: {
      version: of('etcd')?.version,
      etcd: of('etcd')?.path,
      etcdctl: of('etcdctl')?.path,
      etcdutl: of('etcdutl')?.path,
    },
    kubernetes: withKubernetes
      ? {
          version: of('kube-apiserver')?.version,
          kubeApiserver: of('kube-apiserver')?.path,
          kubectl: of('kubectl')?.path,
          kubeControllerManager: of('kube-controller-manager')?.path,
          kubeScheduler: of('kube-scheduler')?.path,
        }
      : undefined,
    dns: request.dns
      ? { version: of('coredns')?.version, coredns: of('coredns')?.path }
      : undefined,
    sources: all,
  });
}
