import { join } from 'node:path';
import { packageRoot } from '../../support/package-root.ts';
import { type ResolveOptions, resolveProduct } from '../../toolchain/resolve.ts';
import type { KubernetesTools, Toolchain } from '../../toolchain/toolchain.ts';
import { ensureImage, type ImageOptions } from '../container/ensure-image.ts';
import { type ImageContext, imageContext } from '../container/image-context.ts';

const dockerfileFolder = join(packageRoot, 'ci/images/kind-node');
const restrictedRunc = join(packageRoot, 'ci/docker/runc-restricted');

/**
 * The node image with these versions of etcd and Kubernetes, made here from Debian packages and Go modules.
 * @returns its name: `kubedrill-kind-node:4f1c…`.
 * @throws DrillError as `resolveProduct` and `ensureImage` do.
 */
export async function ensureNodeImage(
  toolchain: Toolchain & { kubernetes: KubernetesTools },
  options: ImageOptions,
): Promise<string> {
  return ensureImage('kind-node', await contextOf(toolchain, options), options);
}

async function contextOf(
  { etcd, kubernetes }: Toolchain & { kubernetes: KubernetesTools },
  options: ResolveOptions,
): Promise<ImageContext> {
  const tools = new Map<string, string>();
  // One after the other: a build uses all cores by itself.
  for (const [product, version] of [
    ['kubernetes', kubernetes.version],
    ['kubernetes-node', kubernetes.version],
    ['containerd', undefined],
    ['cni-plugins', undefined],
    ['coredns', undefined],
  ] as const) {
    const resolved = await resolveProduct(product, version, options);
    for (const { tool, path } of resolved) tools.set(tool, path);
  }
  const put = (folder: string, names: readonly string[]) =>
    names.flatMap((name): [string, string][] => {
      const path = tools.get(name);
      return path === undefined ? [] : [[`${folder}/${name}`, path]];
    });
  return imageContext(
    dockerfileFolder,
    [
      ['components/etcd', etcd.etcd],
      ['bin/etcdctl', etcd.etcdctl],
      ['bin/etcdutl', etcd.etcdutl],
      ...put('bin', ['containerd', 'ctr', 'containerd-shim-runc-v2']),
      ...put('kubernetes', ['kubeadm', 'kubelet', 'kubectl']),
      ...put('cni', ['host-local', 'loopback', 'ptp', 'portmap']),
      ...put('components', ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']),
      ...put('components', ['kube-proxy', 'coredns']),
    ],
    [['bin/runc-restricted', restrictedRunc]],
  );
}
