import {
  apiServerUrl,
  type ClusterLayout,
  type ClusterPki,
  type HostFiles,
  kubeconfig,
} from './host-files.ts';

/** The host from which a person works: tools and credentials, no service. */
export const OPERATOR = 'operator';

/** An administrator's kubeconfig and etcd client certificate, at the paths where a control plane has them. */
export function operatorFiles(layout: ClusterLayout, pki: ClusterPki): HostFiles {
  const files: HostFiles = new Map();
  const first = layout.hosts.find((each) => each.controlPlane);
  if (first) {
    const server = apiServerUrl(first);
    const content = kubeconfig(server, pki.kubeCa, 'kubernetes-admin', pki.admin);
    files.set('/etc/kubernetes/admin.conf', { content, mode: 0o600 });
  }
  for (const [name, content] of [
    ['ca.crt', pki.etcdCa.identity.cert],
    ['healthcheck-client.crt', pki.etcdClient.cert],
    ['healthcheck-client.key', pki.etcdClient.key],
  ] as const) {
    files.set(`/etc/kubernetes/pki/etcd/${name}`, { content, mode: 0o600 });
  }
  return files;
}
