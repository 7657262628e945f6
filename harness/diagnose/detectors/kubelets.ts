import { differencesOn } from '../../checks/kubelet-pods.ts';
import { allOf } from '../../checks/observed.ts';
import { podListSchema } from '../../kube/pod-list.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { Examination } from '../../model/check.ts';
import type { KubeletPods } from '../../model/node-observation.ts';
import { toldByKubelet } from '../../probes/kubelet-pods.ts';
import { problemOf } from '../../probes/probe.ts';
import { inParallel } from '../../support/parallel.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';
import { persisting } from '../persisting.ts';

/** Pods start and end between two looks, and a kubelet with a good watch hears of it at once. */
const PATIENCE_MS = 15_000;
const CONCURRENCY = 8;

/**
 * A kubelet that lived through the restore goes on running what it ran, and says so only itself: the API shows the
 * status of the backup. It is asked through an API server, which needs the right nodes/proxy.
 */
export const kubelets: Detector = {
  name: 'kubelets',
  title: 'Each kubelet runs the pods that the API has on its node, and no others',
  stage: 'nodes',
  needs: 'kubelets',
  async detect(patient) {
    const names = (await patient.objects(RESOURCES.nodes)).map(({ metadata }) => metadata.name);
    if (names.length === 0)
      return { verdict: 'skipped', reason: 'there is no node for a kubelet', findings: [] };
    return persisting(patient, PATIENCE_MS, () => compare(patient, names));
  },
};

async function compare(patient: Patient, names: readonly string[]): Promise<Examination> {
  const told = await inParallel(names, CONCURRENCY, (name) => ask(patient, name));
  // Listed after the kubelets were asked: what they had been told by then is in it.
  const observed = await patient.observeAnew(['api-pods']);
  const [listed] = allOf(observed, 'api-pods');
  const unlisted = allOf(observed, 'unavailable').map(({ reason }) => `pods: ${reason}`);
  const blind = [...told.flatMap((each) => ('problem' in each ? [each.problem] : [])), ...unlisted];
  const findings = told.flatMap((each) => {
    if ('problem' in each || listed === undefined) return [];
    const { source: host, pods } = each;
    const api = listed.pods.filter(({ node }) => node === host);
    return differencesOn({ host, api, kubelet: pods, running: undefined });
  });
  return diagnosed(findings, blind);
}

async function ask(patient: Patient, node: string): Promise<KubeletPods | { problem: string }> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/pods`;
  try {
    const list = podListSchema.parse(await patient.any().api.json('GET', path));
    return toldByKubelet(patient.looking, node, list.items ?? []);
  } catch (thrown) {
    return { problem: `the kubelet of ${node} does not tell its pods: ${problemOf(thrown)}` };
  }
}
