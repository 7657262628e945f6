import { z } from 'zod';
import { dnsNames as check } from '../../checks/dns-names.ts';
import type { DnsServer } from '../../dns/ask.ts';
import { type KubeObject, refOf } from '../../kube/resource.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { Examination } from '../../model/check.ts';
import type { ObjectRef } from '../../model/finding.ts';
import type { DnsNames } from '../../model/observation.ts';
import { askServer } from '../../probes/dns-names.ts';
import { type Expected, NOBODY, noName, questionsAbout } from '../../probes/dns-questions.ts';
import { listAll } from '../../probes/through-one.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';
import { persisting } from '../persisting.ts';

/** A CoreDNS with a good watch hears of a Service within a second. */
const PATIENCE_MS = 10_000;
const SERVICES_MAX = 500;
const DNS_PORT = 53;

type Server = DnsServer & { host: string };

const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    containers: z.array(
      z.object({
        ports: z
          .array(z.object({ name: z.string().optional(), containerPort: z.int() }))
          .default([]),
      }),
    ),
  }),
  status: z.object({ podIP: z.string().default('') }).default({ podIP: '' }),
});

/**
 * One of several CoreDNS pods may have lived through the restore and go on answering the old names; behind the address
 * of their Service nobody sees which. Headless names are left out: their addresses change as pods come and go.
 */
export const coredns: Detector = {
  name: 'coredns',
  title: 'Each CoreDNS pod answers the names of the Services that the API has, and no others',
  stage: 'network',
  needs: 'coredns',
  async detect(patient) {
    const servers = (await patient.objects(RESOURCES.pods)).flatMap(serverIn);
    if (servers.length === 0)
      return { verdict: 'skipped', reason: 'no pod is labelled k8s-app=kube-dns', findings: [] };
    return persisting(patient, PATIENCE_MS, () => compare(patient, servers));
  },
};

function serverIn(pod: KubeObject): Server[] {
  const { labels, deletionTimestamp, name: host } = podSchema.shape.metadata.parse(pod.metadata);
  if (labels['k8s-app'] !== 'kube-dns' || deletionTimestamp !== undefined) return [];
  const { spec, status } = podSchema.parse(pod);
  if (status.podIP === '') return [];
  const ports = spec.containers.flatMap((container) => container.ports);
  const port = ports.find(({ name }) => name === 'dns')?.containerPort ?? DNS_PORT;
  return [{ host, address: status.podIP, port }];
}

/** @throws Error where nobody answers, because that says more of this machine than of the cluster. */
async function compare(patient: Patient, servers: readonly Server[]): Promise<Examination> {
  const expected = await expectations(patient);
  const now = await Promise.all(
    servers.map((server) => askServer(patient.looking, server, expected)),
  );
  const answering = now.filter(({ silent }) => silent.udp === null || silent.tcp === null);
  if (answering.length === 0)
    throw new Error(
      `no CoreDNS pod answers to this machine (${now[0]?.silent.udp}): run it where pods can be reached, as on a node`,
    );
  if (!answering.some(knowsItself))
    throw new Error('no CoreDNS pod knows cluster.local; another cluster domain is not supported');
  const facts = { ...(await patient.facts()), dnsServers: servers.map(({ host }) => host) };
  const { findings } = check.examine({ phase: 'verify', now, baseline: undefined, facts });
  return diagnosed(findings, patient.unserved);
}

/** kube-apiserver makes the Service `kubernetes` in every cluster. */
function knowsItself({ asked }: DnsNames): boolean {
  return asked.some(
    ({ service, answered }) =>
      service.namespace === 'default' && service.name === 'kubernetes' && answered !== null,
  );
}

async function expectations(patient: Patient): Promise<Expected[]> {
  const services = await listAll(patient.any().api, RESOURCES.services);
  const known = await Promise.all(
    services
      .filter((service) => clusterIpOf(service) !== 'None')
      .slice(0, SERVICES_MAX)
      .map((service) =>
        questionsAbout(refOf(RESOURCES.services, service), service, async () => []),
      ),
  );
  const held = new Set(services.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const gone = servicesBefore(patient).filter(
    ({ namespace, name }) => !held.has(`${namespace}/${name}`),
  );
  return [...known.flat(), ...[...gone.slice(0, SERVICES_MAX), NOBODY].map(noName)];
}

function clusterIpOf(service: KubeObject): string {
  const { spec } = z
    .object({ spec: z.object({ clusterIP: z.string().default('') }) })
    .parse(service);
  return spec.clusterIP;
}

/** Those of the baseline: a Service that is gone since is what a deaf CoreDNS still answers. */
function servicesBefore({ parts }: Patient): ObjectRef[] {
  const entries = parts.baseline?.inventory.entries ?? [];
  return entries
    .filter(({ group, resource }) => group === '' && resource === 'services')
    .map(({ group, resource, namespace, name }) => ({ group, resource, namespace, name }));
}
