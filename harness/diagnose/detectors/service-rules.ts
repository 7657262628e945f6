import { z } from 'zod';
import { allOf } from '../../checks/observed.ts';
import { serviceRules as check } from '../../checks/service-rules.ts';
import { lastLines } from '../../exec/run.ts';
import type { Executed } from '../../kube/exec.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { Examination } from '../../model/check.ts';
import type { Observation } from '../../model/observation.ts';
import { problemOf, unavailable } from '../../probes/probe.ts';
import { toldByRules } from '../../probes/service-rules.ts';
import { inParallel } from '../../support/parallel.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';
import { persisting } from '../persisting.ts';

/** A kube-proxy with a good watch writes within seconds. */
const PATIENCE_MS = 15_000;
const EXEC_TIMEOUT_MS = 15_000;
const CONCURRENCY = 8;
/**
 * kube-proxy writes into one of both. Without a shell, which its image need not have, and without `-t`, which
 * would load a table that nobody uses.
 */
const NFTABLES = ['nft', 'list', 'table', 'ip', 'kube-proxy'];
const IPTABLES = ['iptables-save'];

const podSchema = z.object({
  spec: z.object({
    nodeName: z.string().default(''),
    containers: z.array(z.object({ name: z.string() })).default([]),
  }),
});

interface Proxy {
  node: string;
  pod: string;
  container: string;
  deleting: boolean;
}

/**
 * A kube-proxy that lived through the restore keeps the rules of before it, and nothing in the API tells. They are read
 * where it writes them, by a command in its pod, which needs the right pods/exec.
 */
export const serviceRules: Detector = {
  name: 'service-rules',
  title: check.title,
  stage: 'network',
  needs: 'kube-proxy',
  async detect(patient) {
    const proxies = (await patient.objects(RESOURCES.pods)).flatMap(proxyIn);
    if (proxies.length === 0)
      return {
        verdict: 'skipped',
        reason: 'no pod in kube-system is labelled k8s-app=kube-proxy',
        findings: [],
      };
    const byNode = [...Map.groupBy(proxies, ({ node }) => node)];
    return persisting(patient, PATIENCE_MS, () => compare(patient, byNode));
  },
};

function proxyIn(pod: KubeObject): Proxy[] {
  const { name, namespace, labels, deletionTimestamp } = pod.metadata;
  if (namespace !== 'kube-system' || labels?.['k8s-app'] !== 'kube-proxy') return [];
  const { nodeName: node, containers } = podSchema.parse(pod).spec;
  const names = containers.map((each) => each.name);
  const container = names.find((each) => each === 'kube-proxy') ?? names[0];
  if (node === '' || container === undefined) return [];
  return [{ node, pod: name, container, deleting: deletionTimestamp !== undefined }];
}

async function compare(
  patient: Patient,
  byNode: readonly (readonly [string, Proxy[]])[],
): Promise<Examination> {
  const told = await inParallel(byNode, CONCURRENCY, ([, proxies]) => ask(patient, proxies));
  // Listed after kube-proxy was asked: what it had been told by then is in it.
  const now = [...told.flat(), ...(await patient.observeAnew(['services']))];
  const facts = await patient.facts();
  const { findings } = check.examine({ phase: 'verify', now, baseline: undefined, facts });
  const blind = allOf(now, 'unavailable').map(({ of, source, reason }) =>
    of === 'services'
      ? `Services: ${reason}`
      : `kube-proxy of ${source} does not tell its rules: ${reason}`,
  );
  return diagnosed(findings, blind);
}

/** Of several pods on a node, as a restore may bring back one that is gone, any that answers will do. */
async function ask(patient: Patient, proxies: readonly Proxy[]): Promise<Observation[]> {
  let last: Observation[] = [];
  for (const proxy of proxies.toSorted((a, b) => Number(a.deleting) - Number(b.deleting))) {
    const told = await rulesOf(patient, proxy);
    if (told.kind === 'service-rules') return [told];
    last = [told];
  }
  return last;
}

async function rulesOf(patient: Patient, proxy: Proxy): Promise<Observation> {
  const { node, pod, container } = proxy;
  const untold = (why: string) => unavailable(patient.looking, 'service-rules', node, why);
  const options = { timeoutMs: EXEC_TIMEOUT_MS, signal: patient.parts.signal };
  try {
    const { api } = patient.any();
    const run = (command: readonly string[]) =>
      api.exec({ namespace: 'kube-system', pod, container, command }, options);
    const byNftables = await run(NFTABLES);
    if (byNftables.exitCode === 0) return toldByRules(patient.looking, node, byNftables.stdout);
    const byIptables = await run(IPTABLES);
    if (byIptables.exitCode === 0) return toldByRules(patient.looking, node, byIptables.stdout);
    return untold(`nft: ${whyNot(byNftables)}; iptables-save: ${whyNot(byIptables)}`);
  } catch (thrown) {
    return untold(refusedOr(problemOf(thrown)));
  }
}

/** Of a missing `create` kube-apiserver says no more than that it is forbidden. */
function refusedOr(problem: string): string {
  if (!problem.startsWith('HTTP 403')) return problem;
  return `${problem.trim()} (the rights that it takes: kubedrill diagnose --print-rbac --kube-proxy)`;
}

function whyNot({ exitCode, stderr }: Executed): string {
  return [exitCode === null ? 'not started' : `exit ${exitCode}`, lastLines(stderr, 1).trim()].join(
    ' ',
  );
}
