import { describeEnding } from '../exec/run.ts';
import type { PodIdentity } from '../model/node-observation.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import type { RunningHost } from '../targets/host.ts';
import { type Looking, type NodeReach, type Probe, seen, unavailable } from './probe.ts';

const TIMEOUT_MS = 15_000;

/**
 * The uid of a pod is in the control group of each of its processes, and with its name in the folder of its
 * logs. Neither needs the kubelet, which may be dead or deaf.
 */
const LOOK = `
grep -hoE 'pod[0-9a-f_-]{32,36}' /proc/[0-9]*/cgroup 2>/dev/null | sort -u
ls /var/log/pods
`;

/** Of which pods a process runs on each node, whatever the API and the kubelet say. */
export const nodeContainers: Probe = {
  kind: 'node-containers',
  needs: 'nodes',
  look: (at) => Promise.all(at.nodes.map((node) => lookAt(at, node))),
};

async function lookAt(at: Looking, { host, running, kubelet }: NodeReach): Promise<Observation> {
  try {
    const pods = running ? await byProcesses(at, running) : await byRuntime(kubelet);
    return { kind: 'node-containers', pods, ...seen(at, host) };
  } catch (thrown) {
    return unavailable(at, 'node-containers', host, messageOf(thrown));
  }
}

async function byProcesses(at: Looking, host: RunningHost): Promise<PodIdentity[]> {
  const options = { timeoutMs: TIMEOUT_MS, shell: 'bash', signal: at.signal };
  const finished = await host.shell(LOOK, options);
  if (finished.exitCode !== 0) throw new Error(describeEnding(finished));
  return podsFrom(finished.stdout);
}

async function byRuntime(kubelet: NodeReach['kubelet']): Promise<PodIdentity[]> {
  const items = await kubelet.runningPods();
  return items.map(({ metadata: { namespace, name, uid } }) => ({ namespace, name, uid }));
}

/** @param output lines `podUID` of control groups (dashes may be `_`), and `NAMESPACE_NAME_UID` of logs. */
export function podsFrom(output: string): PodIdentity[] {
  const lines = output.split('\n').filter((line) => line !== '');
  const names = new Map(
    lines.flatMap((line) => {
      const [namespace, name, uid] = line.split('_');
      return namespace && name && uid ? [[uid, { namespace, name }] as const] : [];
    }),
  );
  const uids = lines
    .flatMap((line) => /^pod([0-9a-f_-]{32,36})$/.exec(line)?.[1] ?? [])
    .map((uid) => uid.replaceAll('_', '-'));
  return [...new Set(uids)].map((uid) => ({ namespace: '', name: '', ...names.get(uid), uid }));
}
