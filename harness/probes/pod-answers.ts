import { describeEnding } from '../exec/run.ts';
import type { ApiPod } from '../model/node-observation.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import type { RunningHost } from '../targets/host.ts';
import { type Looking, type NodeReach, type Probe, seen, unavailable } from './probe.ts';

const TIMEOUT_MS = 20_000;

/**
 * Says the beginning of an HTTP request at every `UID ADDRESS PORT` of `$PLACES` at once, and prints each uid as soon
 * as anything at all comes back, if only the end of the connection: a process is there, whatever it speaks. Ends
 * when all have answered, or none answers any more; who is still asked then must not hold the script's own pipes.
 */
const ASK = `
exec 2>/dev/null
export ONE='exec 3<>"/dev/tcp/$1/$2" && printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3 || exit 1
read -r -N 1 -t 3 -u 3; [ $? -le 1 ] && echo "$0"'
ask() {
  while read -r uid address port; do
    timeout 4 bash -c "$ONE" "$uid" "$address" "$port" &
  done <<<"$PLACES"
  wait
}
declare -A answered
while read -r uid; do
  [ -z "\${answered[$uid]:-}" ] || continue
  answered[$uid]=yes
  echo "$uid"
  [ "\${#answered[@]}" -lt "$PODS" ] || break
done < <(ask)
true
`;

/** Which pods answer now, asked from their own nodes: `Ready` may be a word of the snapshot. */
export const podAnswers: Probe = {
  kind: 'pod-answers',
  needs: 'nodes',
  second: true,
  look: (at) => {
    const pods = at.seen.flatMap((each) => (each.kind === 'api-pods' ? each.pods : []));
    const listening = pods.filter(
      ({ phase, podIp, tcpPorts }) => phase === 'Running' && podIp !== null && tcpPorts.length > 0,
    );
    return Promise.all(
      at.nodes.map((node) =>
        lookAt(
          at,
          node,
          listening.filter((pod) => pod.node === node.host),
        ),
      ),
    );
  },
};

async function lookAt(at: Looking, node: NodeReach, pods: readonly ApiPod[]): Promise<Observation> {
  const { host, running } = node;
  if (!running) return unavailable(at, 'pod-answers', host, 'there is no shell on it');
  try {
    const answering = pods.length === 0 ? new Set<string>() : await ask(at, running, pods);
    const asked = pods.map(({ namespace, name, uid }) => {
      return { namespace, name, uid, answered: answering.has(uid) };
    });
    return { kind: 'pod-answers', pods: asked, ...seen(at, host) };
  } catch (thrown) {
    return unavailable(at, 'pod-answers', host, messageOf(thrown));
  }
}

/** @returns the uids of those that answered. */
async function ask(
  at: Looking,
  host: RunningHost,
  pods: readonly ApiPod[],
): Promise<ReadonlySet<string>> {
  const places = pods.flatMap(({ uid, podIp, hostNetwork, tcpPorts }) =>
    // Static pods of the control plane listen for their kubelet alone.
    [podIp, ...(hostNetwork ? ['127.0.0.1'] : [])].flatMap((address) =>
      tcpPorts.map((port) => `${uid} ${address} ${port}`),
    ),
  );
  const finished = await host.shell(ASK, {
    timeoutMs: TIMEOUT_MS,
    shell: 'bash',
    env: { PLACES: places.join('\n'), PODS: String(pods.length) },
    signal: at.signal,
  });
  if (finished.exitCode !== 0) throw new Error(describeEnding(finished));
  return new Set(finished.stdout.split('\n'));
}
