import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { parse } from 'yaml';
import { z } from 'zod';
import { describeEnding, lastLines } from '../exec/run.ts';
import { KUBELET_PORT } from '../kube/kubelet.ts';
import type { Certificates } from '../model/node-observation.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import type { RunningHost } from '../targets/host.ts';
import { type Looking, type NodeReach, type Probe, problemOf, seen, unavailable } from './probe.ts';

const TIMEOUT_MS = 20_000;
const HANDSHAKE_TIMEOUT_MS = 8000;
/** On every control plane that kubeadm makes. */
const SERVERS = [
  { name: 'kube-apiserver', port: 6443 },
  { name: 'etcd', port: 2379 },
  { name: 'kubelet', port: KUBELET_PORT },
];
const CLIENT_OF_KUBELET = '/var/lib/kubelet/pki/kubelet-client-current.pem';
/** As kubeadm names them and where it keeps them. */
const AUTHORITIES = [
  { name: 'ca', file: '/etc/kubernetes/pki/ca.crt' },
  { name: 'etcd-ca', file: '/etc/kubernetes/pki/etcd/ca.crt' },
  { name: 'front-proxy-ca', file: '/etc/kubernetes/pki/front-proxy-ca.crt' },
];
const KUBEADM_CONFIG = '/api/v1/namespaces/kube-system/configmaps/kubeadm-config';

type Expiry = Certificates['certificates'][number];
type Authority = Certificates['authorities'][number];

/** `kubeadm init` leaves it on its own node alone, and advises to take it away. */
const DISPENSABLE = 'super-admin.conf';

const expirationSchema = z.object({
  certificates: z.array(
    z.object({
      name: z.string(),
      expirationDate: z.string().nullish(),
      missing: z.boolean().default(false),
    }),
  ),
  certificateAuthorities: z
    .array(
      z.object({
        name: z.string(),
        expirationDate: z.string().nullish(),
        missing: z.boolean().default(false),
      }),
    )
    .default([]),
});

const configSchema = z.object({
  data: z.object({ ClusterConfiguration: z.string() }),
});
const clusterConfigurationSchema = z.object({
  kind: z.literal('ClusterConfiguration'),
  kubernetesVersion: z.string(),
});

/** Until when each control plane's certificates are good: as they are served now, and in kubeadm's files. */
export const certificates: Probe = {
  kind: 'certificates',
  needs: 'nodes',
  look: async (at) => {
    const hosts = new Set(at.apiServers.map(({ host }) => host));
    const nodes = at.nodes.filter(({ host }) => hosts.has(host));
    return (await Promise.all(nodes.map((node) => lookAt(at, node)))).flat();
  },
};

/** Who does not serve shows no certificate, perhaps because one has expired: that the files tell. */
async function lookAt(at: Looking, { host, address, running }: NodeReach): Promise<Observation[]> {
  const blind = (reason: string) => unavailable(at, 'certificates', host, reason);
  if (!running) return [blind('there is no shell on it')];
  const problems: string[] = [];
  const orProblem = (asked: Promise<Expiry>) =>
    asked.catch((thrown: unknown) => void problems.push(messageOf(thrown)));
  const shown = [
    ...SERVERS.map((server) => servedBy(address, server)),
    clientOfKubelet(at, running),
  ];
  try {
    const [expiries, authorities, { files, ...kubeadm }] = await Promise.all([
      Promise.all(shown.map(orProblem)),
      authoritiesOn(at, running),
      askKubeadm(at, running),
    ]);
    const all = [...expiries.filter((each) => each !== undefined), ...files];
    return [
      { kind: 'certificates', certificates: all, authorities, ...kubeadm, ...seen(at, host) },
      ...problems.map(blind),
    ];
  } catch (thrown) {
    return [blind(messageOf(thrown))];
  }
}

/** What a server shows in its handshake, whoever signed it: that is for its clients to judge. */
function servedBy(host: string, { name, port }: (typeof SERVERS)[number]): Promise<Expiry> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      timeout: HANDSHAKE_TIMEOUT_MS,
    });
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(`${name} shows no certificate: ${why}`));
    };
    socket.once('secureConnect', () => {
      const { valid_to } = socket.getPeerCertificate();
      socket.destroy();
      resolve({ name: `${name}, as it is served`, expiresAtMs: Date.parse(valid_to) });
    });
    socket.once('timeout', () => fail(`no answer within ${HANDSHAKE_TIMEOUT_MS / 1000} s`));
    socket.once('error', (error) => fail(error.message));
  });
}

async function clientOfKubelet(at: Looking, host: RunningHost): Promise<Expiry> {
  // The key is in the same file, and stays there.
  const script = `openssl x509 -in ${CLIENT_OF_KUBELET}`;
  const finished = await host.shell(script, { timeoutMs: TIMEOUT_MS, signal: at.signal });
  if (finished.exitCode !== 0) throw new Error(describeEnding(finished));
  const { validTo } = new X509Certificate(finished.stdout);
  return { name: 'kubelet-client', expiresAtMs: Date.parse(validTo) };
}

/** A file that is not there kubeadm misses, too. */
async function authoritiesOn(at: Looking, host: RunningHost): Promise<Authority[]> {
  const lines = AUTHORITIES.map(
    ({ name, file }) =>
      `key=$(openssl x509 -in ${file} -noout -pubkey 2>/dev/null) && echo "${name} $(sha256sum <<<"$key")" || true`,
  );
  const options = { timeoutMs: TIMEOUT_MS, signal: at.signal };
  const finished = await host.shell(lines.join('\n'), options);
  if (finished.exitCode !== 0) throw new Error(describeEnding(finished));
  return finished.stdout.split('\n').flatMap((line) => {
    const [name, keyHash] = line.split(' ');
    return name && keyHash ? [{ name, keyHash }] : [];
  });
}

async function askKubeadm(at: Looking, host: RunningHost) {
  const script = 'kubeadm certs check-expiration --output json';
  const options = { timeoutMs: TIMEOUT_MS, signal: at.signal };
  const { exitCode, stdout, stderr } = await host.shell(script, options);
  if (exitCode !== 0) {
    return { files: [], missing: [], kubeadmError: lastLines(stderr, 1) || 'it did not end well' };
  }
  // Where kubeadm cannot read its configuration it goes on with defaults, and does not say so in JSON.
  return { ...filesFrom(stdout), kubeadmError: await whyNoConfig(at, host.name) };
}

async function whyNoConfig(at: Looking, host: string): Promise<string | null> {
  const api = at.apiServers.find((each) => each.host === host)?.up?.api;
  // Which is for others to tell.
  if (api === undefined) return null;
  try {
    const { data } = configSchema.parse(await api.get(KUBEADM_CONFIG));
    clusterConfigurationSchema.parse(parse(data.ClusterConfiguration));
    return null;
  } catch (thrown) {
    return `ConfigMap kubeadm-config: ${thrown instanceof z.ZodError ? z.prettifyError(thrown) : problemOf(thrown)}`;
  }
}

/** @param output of `kubeadm certs check-expiration --output json`. */
export function filesFrom(output: string): { files: Expiry[]; missing: string[] } {
  const { certificates, certificateAuthorities } = expirationSchema.parse(
    JSON.parse(output.slice(output.indexOf('{'))),
  );
  const all = [...certificates, ...certificateAuthorities];
  const files = all.flatMap(({ name, expirationDate, missing }) =>
    missing || !expirationDate ? [] : [{ name, expiresAtMs: Date.parse(expirationDate) }],
  );
  const missed = all.filter(({ name, missing }) => missing && name !== DISPENSABLE);
  return { files, missing: missed.map(({ name }) => name) };
}
