import { askDns, type Question, type Transport } from '../../dns/ask.ts';
import { EVERYWHERE, serviceName } from '../../dns/names.ts';
import { askWeb } from '../../kube/ask-web.ts';
import type { Connections } from '../../targets/connections.ts';
import type { Cluster } from '../../targets/target.ts';
import { Watched } from './watched.ts';

/** Something that is asked again and again; it serves when the answer is no error. */
export interface Asked {
  watched: Watched;
  ask(): Promise<unknown>;
}

/**
 * What a kubeadm cluster's services consist of, where a user may meet one that is out while the whole is not: each
 * API server and the load balancer before them, each kind of question to CoreDNS, each route of the ingress
 * controller. None elsewhere: hosts that share few cores have enough to answer.
 */
export function partsOf(
  cluster: Cluster,
  { apiServers, loadBalancer }: Connections,
  timeoutMs: number,
): Asked[] {
  if (cluster.nodes === undefined) return [];
  const { dnsServers = [], ingress = [] } = cluster;
  const doors = [
    ...(apiServers.length > 1 ? apiServers : []),
    ...(loadBalancer === undefined ? [] : [loadBalancer]),
  ];
  return [
    ...doors.map((door) => ({
      watched: new Watched('api', door.host),
      ask: () => door.text('/readyz'),
    })),
    ...questionsFor(cluster).map(({ part, question, transport, isKnown }) => ({
      watched: new Watched('dns', part),
      ask: () =>
        Promise.any(
          dnsServers.map(async (server) => {
            const answer = await askDns(server, question, transport, timeoutMs);
            if ((answer !== null && answer.length > 0) !== isKnown)
              throw new Error('a wrong answer');
          }),
        ),
    })),
    ...ingress.map((route) => ({
      watched: new Watched('ingress', `${route.tls ? 'https' : 'http'}://${route.hostName}`),
      ask: () => askWeb(route, timeoutMs),
    })),
  ];
}

interface Kind {
  part: string;
  question: Question;
  transport: Transport;
  /** Whether there is such a name. */
  isKnown: boolean;
}

function questionsFor({ dnsServers = [], ingress = [] }: Cluster): Kind[] {
  if (dnsServers.length === 0) return [];
  const everywhere = { name: EVERYWHERE, type: 'A' } as const;
  const namespace = ingress[0]?.namespace ?? 'default';
  const nobody = { name: serviceName(namespace, 'nobody'), type: 'A' } as const;
  const headless = serviceName(namespace, 'shop-pods');
  return [
    { part: 'UDP', question: everywhere, transport: 'udp', isKnown: true },
    { part: 'TCP', question: everywhere, transport: 'tcp', isKnown: true },
    { part: 'a name that is not', question: nobody, transport: 'udp', isKnown: false },
    ...(ingress.length === 0
      ? []
      : ([
          {
            part: 'headless',
            question: { name: headless, type: 'A' },
            transport: 'udp',
            isKnown: true,
          },
          {
            part: 'SRV',
            question: { name: `_http._tcp.${headless}`, type: 'SRV' },
            transport: 'udp',
            isKnown: true,
          },
          {
            part: 'external name',
            question: { name: serviceName(namespace, 'warehouse'), type: 'A' },
            transport: 'udp',
            isKnown: true,
          },
        ] satisfies Kind[])),
  ];
}
