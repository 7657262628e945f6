import { stringify } from 'yaml';
import { builtInResources } from '../objects/resources.ts';

const READ = ['get', 'list'] as const;
/** No detector asks for Secrets among all the rest; `--bootstrap-tokens` asks for those of one type. */
export const NEVER_READ = 'secrets';

const HEAD = `# What \`kubedrill diagnose\` asks for.
# "create pods" is used with server-side dry run only, which RBAC cannot say.
`;
const KUBE_PROXY_HEAD = `# For --kube-proxy. Who has it can run any command in any pod of kube-system: give it to nobody for good.
`;

const NO_SECRETS = `# It reads everything but Secrets.
`;
const BOOTSTRAP_TOKENS = `# It reads everything but Secrets, and of these bootstrap tokens alone. RBAC cannot say that: whoever
# holds the Role in kube-system may read every Secret there. Take it back after the look.
`;

interface Asked {
  canary?: boolean;
  kubelets?: boolean;
  bootstrapTokens?: boolean;
  kubeProxy?: boolean;
  podToken?: boolean;
}

/**
 * The ClusterRole that diagnose needs, ready for \`kubectl apply\`.
 * @param otherGroups API groups besides the built-in ones, as the cluster tells them.
 */
export function clusterRole(
  otherGroups: readonly string[],
  {
    canary = false,
    kubelets = false,
    bootstrapTokens = false,
    kubeProxy = false,
    podToken = false,
  }: Asked,
): string {
  const core = builtInResources()
    .filter(({ group, resource }) => group === '' && resource !== NEVER_READ)
    .map(({ resource }) => resource);
  const builtIn = builtInResources().map(({ group }) => group);
  const known = ['apiextensions.k8s.io', 'apiregistration.k8s.io', ...builtIn, ...otherGroups];
  const groups = [...new Set(known)].filter((group) => group !== '').sort();
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'kubedrill-diagnose' },
    rules: [
      { apiGroups: [''], resources: [...new Set(core)].sort(), verbs: [...READ] },
      { apiGroups: groups, resources: ['*'], verbs: [...READ] },
      { apiGroups: [''], resources: ['pods'], verbs: ['create'] },
      ...(kubelets ? [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }] : []),
      // A review is answered and stored nowhere.
      ...(podToken
        ? [{ apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }]
        : []),
      { nonResourceURLs: ['/openid/v1/jwks', '/readyz', '/readyz/*'], verbs: ['get'] },
    ],
  };
  const secrets = bootstrapTokens ? BOOTSTRAP_TOKENS : NO_SECRETS;
  return [
    HEAD + secrets + stringify(role),
    ...(canary ? [canaryRole()] : []),
    ...(bootstrapTokens ? [bootstrapTokensRole()] : []),
    ...(kubeProxy ? [kubeProxyRole()] : []),
  ].join('---\n');
}

/** `--canary` writes into the Namespace `default` alone, and removes it again. */
function canaryRole(): string {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'kubedrill-diagnose-canary', namespace: 'default' },
    rules: [
      { apiGroups: [''], resources: ['configmaps', 'services'], verbs: ['create', 'delete'] },
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['create', 'delete'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['delete'] },
    ],
  };
  return stringify(role);
}

/** `--bootstrap-tokens` lists by type; a right cannot be narrowed to that. */
function bootstrapTokensRole(): string {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'kubedrill-diagnose-bootstrap-tokens', namespace: 'kube-system' },
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
  };
  return stringify(role);
}

/** A command is asked for by a GET; from Kubernetes 1.35 on that takes `create` besides. */
function kubeProxyRole(): string {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'kubedrill-diagnose-kube-proxy', namespace: 'kube-system' },
    rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] }],
  };
  return KUBE_PROXY_HEAD + stringify(role);
}
