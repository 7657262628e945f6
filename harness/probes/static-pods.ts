import { parse } from 'yaml';
import { z } from 'zod';
import { describeEnding } from '../exec/run.ts';
import type { ContainerStart, StaticPods } from '../model/node-observation.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import { type Looking, type NodeReach, type Probe, seen, unavailable } from './probe.ts';

const TIMEOUT_MS = 15_000;
const PROGRAMS = 'etcd kube-apiserver kube-controller-manager kube-scheduler';

/**
 * One line each: a manifest, a process of the control plane with its container and its command line, a container
 * with its image. Texts are base64. The uid of a static pod is a hash; that of any other pod, in which an etcd may
 * run too, has dashes.
 */
const LOOK = `
for file in /etc/kubernetes/manifests/*.yaml; do
  [ ! -e "$file" ] || echo "manifest $(base64 -w0 "$file")"
done
for program in $PROGRAMS; do
  for pid in $(pidof "$program"); do
    grep -qE 'pod[0-9a-f]{32}[./]' "/proc/$pid/cgroup" || continue
    container=$(grep -hoE '[0-9a-f]{64}' "/proc/$pid/cgroup" | tail -n 1)
    command=$(base64 -w0 "/proc/$pid/cmdline") && echo "process $program \${container:--} $command"
  done
done
ctr --namespace k8s.io containers list 2>/dev/null | while read -r container image _; do
  echo "container $container $image"
done
true
`;

const manifestSchema = z.object({
  spec: z.object({
    containers: z.array(
      z.object({
        name: z.string(),
        image: z.string().default(''),
        command: z.array(z.string()).default([]),
        args: z.array(z.string()).default([]),
      }),
    ),
  }),
});

/** How the parts of each control plane were started, beside what their manifests say now. */
export const staticPods: Probe = {
  kind: 'static-pods',
  needs: 'nodes',
  look: (at) => {
    const hosts = new Set(at.apiServers.map(({ host }) => host));
    return Promise.all(
      at.nodes.filter(({ host }) => hosts.has(host)).map((node) => lookAt(at, node)),
    );
  },
};

async function lookAt(at: Looking, { host, running }: NodeReach): Promise<Observation> {
  if (!running) return unavailable(at, 'static-pods', host, 'there is no shell on it');
  const finished = await running.shell(LOOK, {
    timeoutMs: TIMEOUT_MS,
    shell: 'bash',
    env: { PROGRAMS },
    signal: at.signal,
  });
  if (finished.exitCode !== 0) {
    return unavailable(at, 'static-pods', host, describeEnding(finished));
  }
  try {
    const containers = containersFrom(finished.stdout);
    return { kind: 'static-pods', containers, ...seen(at, host) };
  } catch (thrown) {
    const reason = `a manifest cannot be read: ${messageOf(thrown)}`;
    return unavailable(at, 'static-pods', host, reason);
  }
}

/** @throws ZodError, YAMLParseError for a manifest that is none. */
export function containersFrom(output: string): StaticPods['containers'] {
  const lines = output.split('\n').map((line) => line.split(' '));
  const intended = new Map(
    lines.filter(([what]) => what === 'manifest').flatMap(([, text]) => intendedBy(decoded(text))),
  );
  const images = new Map(
    lines.flatMap(([what, id = '', image = '']) => (what === 'container' ? [[id, image]] : [])),
  );
  const running = new Map(
    lines.flatMap(([what, name = '', container = '', command]) =>
      what === 'process' ? [[name, started(images.get(container), decoded(command))]] : [],
    ),
  );
  return [...new Set([...intended.keys(), ...running.keys()])].map((name) => ({
    name,
    intended: intended.get(name) ?? null,
    running: running.get(name) ?? null,
  }));
}

function intendedBy(manifest: string): [string, ContainerStart][] {
  const { spec } = manifestSchema.parse(parse(manifest));
  return spec.containers.map(({ name, image, command, args }) => [
    name,
    { image, command: [...command, ...args] },
  ]);
}

/** @param commandLine as /proc has it: each word ends with a NUL. */
function started(image: string | undefined, commandLine: string): ContainerStart {
  const named = image !== undefined && !image.startsWith('sha256:');
  return { image: named ? image : null, command: commandLine.split('\0').slice(0, -1) };
}

function decoded(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
