import { askDns } from '../../dns/ask.ts';
import { EVERYWHERE } from '../../dns/names.ts';
import { describeEnding, lastLines } from '../../exec/run.ts';
import { environmentError } from '../../support/errors.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { Cluster, DnsServerAddress, ProvisionContext } from '../target.ts';

const PORT = 30_053;
const COMMAND_TIMEOUT_MS = 30_000;
/** A question that is lost on the way is asked again soon. */
const ANSWER_TIMEOUT_MS = 500;
const READY_TIMEOUT_MS = 180_000;

/** At one port of every node, the way there leads through its kube-proxy and over the pods' network. */
const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'dns-from-outside', namespace: 'kube-system' },
  spec: {
    type: 'NodePort',
    selector: { 'k8s-app': 'kube-dns' },
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', nodePort: PORT },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', nodePort: PORT },
    ],
  },
};

/**
 * Makes the cluster's DNS reachable from the harness and waits until it answers on every node.
 * @throws DrillError (environment) when it does not.
 */
export async function exposeDns(
  cluster: Omit<Cluster, 'dnsServers'>,
  { signal, onWait }: Pick<ProvisionContext, 'signal' | 'onWait'>,
): Promise<DnsServerAddress[]> {
  const { operator } = cluster;
  const applied = await operator.shell('kubectl apply --filename -', {
    timeoutMs: COMMAND_TIMEOUT_MS,
    env: cluster.variablesOf(operator.name),
    input: JSON.stringify(SERVICE),
  });
  if (applied.exitCode !== 0) {
    throw environmentError(
      'make the DNS of the cluster reachable',
      describeEnding(applied),
      lastLines(applied.stderr, 3),
    );
  }
  const servers = cluster.hosts().map(({ name, address }) => ({ host: name, address, port: PORT }));
  const question = { name: EVERYWHERE, type: 'A' } as const;
  await Promise.all(
    servers.map((server) => {
      const description = `DNS answers through ${server.host}`;
      const onLook = (saw: string, waitedMs: number) => onWait(description, saw, waitedMs);
      const look = async () =>
        (await askDns(server, question, 'udp', ANSWER_TIMEOUT_MS))
          ? done(true)
          : notYet('it does not know the API server');
      const timeoutMs = READY_TIMEOUT_MS;
      return until(description, look, { timeoutMs, intervalMs: 250, signal, onLook });
    }),
  );
  return servers;
}
