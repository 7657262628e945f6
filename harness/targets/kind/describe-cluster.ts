import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { lastLines } from '../../exec/run.ts';
import { environmentError } from '../../support/errors.ts';
import { redact } from '../../support/redaction.ts';
import type { Host, RunningHost } from '../host.ts';
import { requireRunning } from '../services.ts';
import type { ApiServerAddress, ClientCredentials, Cluster } from '../target.ts';
import { BACKUP_DIR } from './cluster-config.ts';
import type { NodePlace } from './places.ts';

const COMMAND_TIMEOUT_MS = 30_000;
/** Three API servers on two cores were seen to need more than two seconds for one of many GETs. */
const ANSWER_TIMEOUT_MS = 8000;
const PKI = '/etc/kubernetes/pki/etcd';
const ADMIN_CONF = '/etc/kubernetes/admin.conf';

/** kubeadm names no token, so that etcd takes its own default. */
const CLUSTER_TOKEN = 'etcd-cluster';

export interface KindClusterParts {
  places: readonly NodePlace[];
  hosts: Map<string, Host>;
  operator: RunningHost;
  /** On the machine that runs the harness. */
  backupDir: string;
  directory: string;
}

/** The cluster that kubeadm has made, as harness and runbooks see it. */
export async function describeKindCluster(parts: KindClusterParts): Promise<Cluster> {
  const { places, hosts, operator, backupDir, directory } = parts;
  const controlPlanes = places
    .filter(({ role }) => role === 'control-plane')
    .toSorted((one, other) => byName(one.name, other.name));
  const [first] = controlPlanes;
  const node = hosts.get(first?.name ?? '');
  if (!node) throw new Error('kind has made no control plane');
  const credentials = await fetchCredentials(requireRunning(node), join(directory, 'pki'));
  await giveToOperator(operator, requireRunning(node));
  const byHostName = (name: string) => {
    const host = hosts.get(name);
    if (!host) throw new Error(`this drill has no host ${name}`);
    return host;
  };
  return {
    target: 'kind',
    members: controlPlanes.map(({ name, address }) => ({
      host: name,
      name,
      clientUrl: `https://${address}:2379`,
      peerUrl: `https://${address}:2380`,
      dataDir: '/var/lib/etcd',
    })),
    apiServers: controlPlanes.map(({ name, address }) => ({
      host: name,
      url: `https://${address}:6443`,
    })),
    loadBalancer: loadBalancerAmong(places),
    nodes: () => [...hosts.values()].map(({ name, address }) => ({ host: name, address })),
    etcdCredentials: credentials.etcd,
    kubeCredentials: credentials.kube,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    clusterToken: CLUSTER_TOKEN,
    backupDir,
    operator,
    hosts: () => [...hosts.values()].toSorted((one, other) => byName(one.name, other.name)),
    host: byHostName,
    replace: (host) => void hosts.set(host.name, host),
    network: undefined,
    waysIn: [
      `to enter a host: docker exec -it ${controlPlanes[0]?.name} bash`,
      `kubectl there: kubectl --kubeconfig ${ADMIN_CONF} get pods -A`,
    ],
    variablesOf: (name) => variables(places.find((each) => each.name === name)),
  };
}

/** Its certificate is an API server's, which is made out to its name and not to its address. */
function loadBalancerAmong(places: readonly NodePlace[]): ApiServerAddress | undefined {
  const place = places.find(({ role }) => role === 'external-load-balancer');
  if (place === undefined) return undefined;
  const { name, address } = place;
  return { host: name, url: `https://${name}:6443`, dialUrl: `https://${address}:6443` };
}

function byName(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

function variables(place: NodePlace | undefined): Record<string, string> {
  return {
    BACKUP_DIR,
    KUBECONFIG: ADMIN_CONF,
    // kind's name for kubeadm's configuration on every node.
    KUBEADM_CONFIG: '/kind/kubeadm.conf',
    ETCD_ENV_FILE: '/etc/etcd.env',
    ETCDCTL_CACERT: `${PKI}/ca.crt`,
    ETCDCTL_CERT: `${PKI}/healthcheck-client.crt`,
    ETCDCTL_KEY: `${PKI}/healthcheck-client.key`,
    ...(place?.role === 'control-plane' && { CONTROL_PLANE_ENDPOINT: `${place.address}:6443` }),
  };
}

const kubeconfigSchema = z.object({
  clusters: z
    .array(z.object({ cluster: z.object({ 'certificate-authority-data': z.base64() }) }))
    .min(1),
  users: z
    .array(
      z.object({
        user: z.object({
          'client-certificate-data': z.base64(),
          'client-key-data': z.base64(),
        }),
      }),
    )
    .min(1),
});

/** kubeadm has made all certificates; those of an administrator are copied here. */
async function fetchCredentials(
  node: RunningHost,
  folder: string,
): Promise<{ etcd: ClientCredentials; kube: ClientCredentials }> {
  const read = async (script: string) => {
    const finished = await node.shell(script, { timeoutMs: COMMAND_TIMEOUT_MS });
    if (finished.exitCode === 0) return finished.stdout;
    throw environmentError(
      `read the credentials of ${node.name}`,
      redact(lastLines(finished.stderr, 3)),
      `docker logs ${node.name}`,
    );
  };
  await mkdir(folder, { recursive: true });
  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  const view = `kubectl --kubeconfig ${ADMIN_CONF} config view --raw --output json`;
  const { clusters, users } = kubeconfigSchema.parse(JSON.parse(await read(view)));
  const decoded = (text = '') => Buffer.from(text, 'base64');
  const user = users[0]?.user;
  return {
    etcd: {
      ca: await write('etcd-ca.crt', await read(`cat ${PKI}/ca.crt`)),
      cert: await write('etcd-client.crt', await read(`cat ${PKI}/healthcheck-client.crt`)),
      key: await write('etcd-client.key', await read(`cat ${PKI}/healthcheck-client.key`)),
    },
    kube: {
      ca: await write(
        'kubernetes-ca.crt',
        decoded(clusters[0]?.cluster['certificate-authority-data']),
      ),
      cert: await write('admin.crt', decoded(user?.['client-certificate-data'])),
      key: await write('admin.key', decoded(user?.['client-key-data'])),
    },
  };
}

/** So that kubectl and etcdctl work there without a flag. */
async function giveToOperator(operator: RunningHost, node: RunningHost): Promise<void> {
  const files = [
    ADMIN_CONF,
    ...['ca.crt', 'healthcheck-client.crt', 'healthcheck-client.key'].map(
      (file) => `${PKI}/${file}`,
    ),
  ];
  const packed = await node.shell(`tar -cz ${files.join(' ')} 2>/dev/null | base64 -w0`, {
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  await operator.shell('base64 -d | tar -xz -C /', {
    timeoutMs: COMMAND_TIMEOUT_MS,
    input: packed.stdout,
  });
}
