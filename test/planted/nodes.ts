import type { CheckView } from '../../harness/model/check.ts';
import type { ApiPod } from '../../harness/model/node-observation.ts';
import { alter, alterOn, type Defect, defectsOf } from './defect.ts';
import { NOON_MS } from './healthy.ts';
import { podsOn } from './on-nodes.ts';

const LONG_AGO_MS = NOON_MS - 86_400_000;

/** The first pod that the API has on a host is otherwise. */
function inApi(twin: CheckView, host: string, change: (pod: ApiPod) => ApiPod | null): CheckView {
  const uid = podsOn(host)[0]?.uid;
  return alter(twin, 'api-pods', (seen) => ({
    ...seen,
    pods: seen.pods.flatMap((pod) => (pod.uid === uid ? (change(pod) ?? []) : [pod])),
  }));
}

/** The kubelet of etcd-2 does not answer; nobody knows what it thinks. */
export function deafKubelet(twin: CheckView): CheckView {
  return alterOn(twin, 'kubelet-pods', 'etcd-2', ({ source, atMs }) => ({
    kind: 'unavailable',
    of: 'kubelet-pods',
    reason: 'no answer within 2 s',
    source,
    atMs,
  }));
}

function endpoints(twin: CheckView, change: (addresses: string[]) => string[]): CheckView {
  return alter(twin, 'services', (seen) => ({
    ...seen,
    services: seen.services.map((service) =>
      service.name === 'web' ? { ...service, endpoints: change(service.endpoints) } : service,
    ),
  }));
}

export const nodeDefects: Defect[] = [
  ...defectsOf('nodes', [
    [
      'node-ghost',
      'a worker was removed after the backup and its Node is back',
      (twin) =>
        alter(twin, 'nodes', (seen) => ({
          ...seen,
          nodes: [...seen.nodes, { name: 'worker-9', ready: 'True', leaseRenewedAtMs: null }],
        })),
    ],
    [
      'node-missing',
      'etcd-3 joined after the backup',
      (twin) => alter(twin, 'nodes', (seen) => ({ ...seen, nodes: seen.nodes.slice(0, 2) })),
    ],
    [
      'node-not-ready',
      'the pod network of etcd-1 is gone',
      (twin) =>
        alter(twin, 'nodes', (seen) => ({
          ...seen,
          nodes: seen.nodes.map((node) =>
            node.name === 'etcd-1' ? { ...node, ready: 'False' } : node,
          ),
        })),
    ],
  ]),
  ...defectsOf('kubelet-pods', [
    [
      'phantom-pod',
      'a pod of etcd-2 was made after the backup, and its kubelet goes on running it',
      (twin) => inApi(twin, 'etcd-2', () => null),
    ],
    [
      'phantom-pod',
      'the same with a kubelet that does not answer',
      (twin) => deafKubelet(inApi(twin, 'etcd-2', () => null)),
    ],
    [
      'phantom-pod',
      'a pod with the same name came back, and the old one runs',
      (twin) => inApi(twin, 'etcd-2', (pod) => ({ ...pod, uid: 'another' })),
    ],
    [
      'pod-without-containers',
      'a pod of etcd-2 came back and its kubelet was never told',
      (twin) => {
        const other = { name: 'web-9', uid: 'of-the-snapshot', podIp: '10.244.2.9' };
        return alter(twin, 'api-pods', (seen) => ({
          ...seen,
          pods: [
            ...seen.pods,
            ...podsOn('etcd-2')
              .slice(0, 1)
              .map((pod) => ({ ...pod, ...other })),
          ],
        }));
      },
    ],
    [
      'pod-without-containers',
      'its kubelet knows a pod of which no process runs',
      (twin) =>
        alterOn(twin, 'node-containers', 'etcd-1', (seen) => ({
          ...seen,
          pods: seen.pods.slice(1),
        })),
    ],
    [
      'pod-seen-differently',
      'the snapshot holds another address of a pod than it has',
      (twin) => inApi(twin, 'etcd-2', (pod) => ({ ...pod, podIp: '10.244.2.77' })),
    ],
    [
      'pod-seen-differently',
      'a kubelet is still ending a pod that the API keeps',
      (twin) =>
        alterOn(twin, 'kubelet-pods', 'etcd-2', (seen) => ({
          ...seen,
          pods: seen.pods.map((pod, index) => ({ ...pod, deleting: index === 0 })),
        })),
    ],
  ]),
  ...defectsOf('fresh-evidence', [
    [
      'node-silent',
      'the Lease of etcd-3 is that of the snapshot',
      (twin) =>
        alter(twin, 'nodes', (seen) => ({
          ...seen,
          nodes: seen.nodes.map((node) =>
            node.name === 'etcd-3' ? { ...node, leaseRenewedAtMs: LONG_AGO_MS } : node,
          ),
        })),
    ],
    [
      'node-silent',
      'etcd-3 has no Lease',
      (twin) =>
        alter(twin, 'nodes', (seen) => ({
          ...seen,
          nodes: seen.nodes.map((node) =>
            node.name === 'etcd-3' ? { ...node, leaseRenewedAtMs: null } : node,
          ),
        })),
    ],
    [
      'pod-silent',
      'a pod hangs that was started before the backup',
      (twin) =>
        alterOn(twin, 'pod-answers', 'etcd-2', (seen) => ({
          ...seen,
          pods: seen.pods.map((pod) => ({ ...pod, answered: false })),
        })),
    ],
    [
      'pod-silent',
      'a pod without a port is ready by the snapshot alone',
      (twin) =>
        alterOn(twin, 'node-containers', 'etcd-2', (seen) => ({
          ...seen,
          pods: seen.pods.slice(0, 2),
        })),
    ],
  ]),
  ...defectsOf('service-endpoints', [
    [
      'endpoint-ghost',
      'an EndpointSlice of the snapshot leads to a pod of another day',
      (twin) => endpoints(twin, (addresses) => [...addresses, '10.244.1.99']),
    ],
    [
      'endpoint-missing',
      'controller-manager does not hear of new pods',
      (twin) => endpoints(twin, (addresses) => addresses.slice(1)),
    ],
  ]),
  ...defectsOf('service-rules', [
    [
      'service-rule-ghost',
      'kube-proxy on etcd-2 keeps a Service that was made after the backup',
      (twin) =>
        alterOn(twin, 'service-rules', 'etcd-2', (seen) => ({
          ...seen,
          rules: seen.rules.flatMap((rule) => [
            rule,
            { ...rule, name: 'late', address: '10.96.7.7' },
          ]),
        })),
    ],
    [
      'service-rule-missing',
      'kube-proxy on etcd-2 was not told of a Service that is back',
      (twin) => alterOn(twin, 'service-rules', 'etcd-2', (seen) => ({ ...seen, rules: [] })),
    ],
  ]),
  ...defectsOf('static-pods', [
    [
      'static-pod-not-running',
      'kube-scheduler on etcd-1 ends again and again',
      (twin) =>
        alterOn(twin, 'static-pods', 'etcd-1', (seen) => ({
          ...seen,
          containers: seen.containers.map((container) =>
            container.name === 'kube-scheduler' ? { ...container, running: null } : container,
          ),
        })),
    ],
    [
      'static-pod-unintended',
      'the manifest of etcd on etcd-1 is away and it runs on',
      (twin) =>
        alterOn(twin, 'static-pods', 'etcd-1', (seen) => ({
          ...seen,
          containers: seen.containers.map((container) =>
            container.name === 'etcd' ? { ...container, intended: null } : container,
          ),
        })),
    ],
    [
      'static-pod-differs',
      'the manifest of etcd on etcd-1 names another data directory than etcd was started with',
      (twin) => otherEtcd(twin, { command: ['etcd', '--data-dir=/var/lib/etcd-restored'] }),
    ],
    [
      'static-pod-differs',
      'etcd on etcd-1 runs in another version than its manifest says',
      (twin) => otherEtcd(twin, { image: 'registry.k8s.io/etcd:3.5.21-0' }),
    ],
  ]),
  ...defectsOf('certificates', [
    [
      'certificate-expired',
      'the backup of etcd-1 is older than its certificates are good for',
      (twin) =>
        alterOn(twin, 'certificates', 'etcd-1', (seen) => ({
          ...seen,
          certificates: seen.certificates.map((each) => ({ ...each, expiresAtMs: LONG_AGO_MS })),
        })),
    ],
    [
      'certificate-missing',
      'the backup of etcd-1 left a certificate out',
      (twin) =>
        alterOn(twin, 'certificates', 'etcd-1', (seen) => ({ ...seen, missing: ['etcd-peer'] })),
    ],
    [
      'authority-differs',
      'etcd-1 was made anew under another authority',
      (twin) =>
        alterOn(twin, 'certificates', 'etcd-1', (seen) => ({
          ...seen,
          authorities: seen.authorities.map((each) => ({ ...each, keyHash: '2345' })),
        })),
    ],
    [
      'kubeadm-unreadable',
      'the ConfigMap kubeadm-config was not restored',
      (twin) =>
        alterOn(twin, 'certificates', 'etcd-1', (seen) => ({ ...seen, kubeadmError: 'NotFound' })),
    ],
  ]),
];

function otherEtcd(twin: CheckView, change: { image?: string; command?: string[] }): CheckView {
  return alterOn(twin, 'static-pods', 'etcd-1', (seen) => ({
    ...seen,
    containers: seen.containers.map((container) =>
      container.name === 'etcd' && container.intended !== null
        ? { ...container, intended: { ...container.intended, ...change } }
        : container,
    ),
  }));
}
