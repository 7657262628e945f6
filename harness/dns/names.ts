/** As kubeadm and CoreDNS have it unless told otherwise. */
const CLUSTER_DOMAIN = 'cluster.local';

/** The name of a Service: `web.shop.svc.cluster.local`. */
export function serviceName(namespace: string, name: string): string {
  return `${name}.${namespace}.svc.${CLUSTER_DOMAIN}`;
}

/** Every cluster has this Service; kube-apiserver itself makes it. */
export const EVERYWHERE: string = serviceName('default', 'kubernetes');
