import type {
  ApiPod,
  ContainerStart,
  NodeObservation,
  ServiceSeen,
} from '../../harness/model/node-observation.ts';

/** Where the test's cluster stands, and when it is looked at. */
export interface NodesSeen {
  hosts: readonly string[];
  atMs: number;
  /** Since when signs of life count. */
  sinceMs: number;
}

export const FLAGS = ['--data-dir=/var/lib/etcd', '--snapshot-count=10000'];

/** A pod with a port on each node, a static pod on each, and one that ran all the while without a port. */
export function podsOn(host: string): ApiPod[] {
  const number = host.slice(-1);
  const common = { node: host, phase: 'Running', ready: true, deleting: false };
  return [
    {
      ...common,
      namespace: 'shop',
      name: `web-${number}`,
      uid: `5f0c2d7e-0000-4000-8000-00000000000${number}`,
      podIp: `10.244.${number}.2`,
      hostNetwork: false,
      tcpPorts: [8080],
      labels: { app: 'web' },
    },
    {
      ...common,
      namespace: 'kube-system',
      name: `etcd-${host}`,
      uid: `9d897ad277dbc55b0b18c1a03a0a808${number}`,
      podIp: `10.77.0.1${number}`,
      hostNetwork: true,
      tcpPorts: [2381],
      labels: { component: 'etcd' },
    },
    {
      ...common,
      namespace: 'kube-system',
      name: `kube-proxy-${number}`,
      uid: `7a1e0b55-0000-4000-8000-00000000000${number}`,
      podIp: `10.77.0.1${number}`,
      hostNetwork: true,
      tcpPorts: [],
      labels: { 'k8s-app': 'kube-proxy' },
    },
  ];
}

const WEB: ServiceSeen = {
  namespace: 'shop',
  name: 'web',
  clusterIp: '10.96.3.4',
  otherAddresses: ['192.0.2.9'],
  ports: [{ protocol: 'TCP', port: 80 }],
  selector: { app: 'web' },
  unreadyToo: false,
  endpoints: [],
};

/** Everything on the nodes as it should be. */
export function onNodes({ hosts, atMs, sinceMs }: NodesSeen): NodeObservation[] {
  const [first] = hosts;
  if (first === undefined) return [];
  const endpoints = hosts.flatMap((host) => podsOn(host).slice(0, 1)).map(({ podIp }) => podIp);
  const web = { ...WEB, endpoints: endpoints.flatMap((address) => address ?? []) };
  const headless = { ...web, name: 'web-pods', clusterIp: null, otherAddresses: [] };
  const byHand = { ...headless, name: 'elsewhere', selector: null, endpoints: ['198.51.100.7'] };
  const nodes = hosts.map((name) => ({
    name,
    ready: 'True' as const,
    leaseRenewedAtMs: atMs - 4000,
  }));
  const pods = hosts.flatMap(podsOn);
  return [
    { kind: 'nodes', source: first, atMs, nodes },
    { kind: 'api-pods', source: first, atMs, pods },
    { kind: 'services', source: first, atMs, services: [web, headless, byHand] },
    ...hosts.flatMap((host) => onNode(host, atMs, sinceMs)),
  ];
}

function onNode(source: string, atMs: number, sinceMs: number): NodeObservation[] {
  const pods = podsOn(source);
  const started = pods.map(({ namespace, name, uid, podIp }, index) => ({
    namespace,
    name,
    uid,
    podIp,
    deleting: false,
    // The static pod was started since; the others ran all the while.
    startedAtMs: index === 1 ? sinceMs + 5000 : sinceMs - 3_600_000,
  }));
  const identities = pods.map(({ namespace, name, uid }) => ({ namespace, name, uid }));
  const rule = { namespace: 'shop', name: 'web', protocol: 'TCP', port: 80 };
  const etcd: ContainerStart = {
    image: 'registry.k8s.io/etcd:3.6.8-0',
    command: ['etcd', ...FLAGS],
  };
  return [
    { kind: 'kubelet-pods', source, atMs, pods: started },
    { kind: 'node-containers', source, atMs, pods: identities },
    {
      kind: 'pod-answers',
      source,
      atMs,
      pods: identities.slice(0, 2).map((pod, index) => ({ ...pod, answered: index === 0 })),
    },
    {
      kind: 'service-rules',
      source,
      atMs,
      rules: ['10.96.3.4', '192.0.2.9'].map((address) => ({ ...rule, address })),
    },
    {
      kind: 'static-pods',
      source,
      atMs,
      containers: [
        { name: 'etcd', intended: etcd, running: etcd },
        {
          name: 'kube-scheduler',
          intended: {
            image: 'registry.k8s.io/kube-scheduler:v1.36.3',
            command: ['kube-scheduler'],
          },
          running: { image: null, command: ['kube-scheduler'] },
        },
      ],
    },
    {
      kind: 'certificates',
      source,
      atMs,
      certificates: [
        { name: 'etcd, as it is served', expiresAtMs: atMs + 3_600_000 },
        { name: 'apiserver', expiresAtMs: atMs + 86_400_000 },
      ],
      authorities: [
        { name: 'ca', keyHash: 'abcd' },
        { name: 'etcd-ca', keyHash: 'ef01' },
      ],
      missing: [],
      kubeadmError: null,
    },
  ];
}
