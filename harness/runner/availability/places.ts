import { z } from 'zod';
import type { ApiServer } from '../../kube/api-server.ts';
import { isReady, podIpOf, podSchema } from '../../kube/pod-list.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { Clock } from '../../support/clock.ts';
import { done, notYet, until } from '../../support/until.ts';
import { type Connections, connect } from '../../targets/connections.ts';
import type { Cluster } from '../../targets/target.ts';
import type { DnsPod } from './dns-pods.ts';
import type { Watch } from './watch.ts';

const LOOKUP_TIMEOUT_MS = 8000;
const LOOK_AGAIN_MS = 3000;
/** A cluster whose baseline held answers at once; on a busy machine within some seconds. */
const READY_TIMEOUT_MS = 30_000;
const serviceSchema = z.object({ spec: z.object({ clusterIP: z.ipv4() }) });
/** As kubeadm labels them. */
const DNS_LABEL = 'k8s-app=kube-dns';

/** Where the Services are that every node is to reach. */
export interface Services {
  dns: string;
  /** Undefined where the node image has no pods that serve a page. */
  web: string | undefined;
}

/**
 * Where that is which nodes ask: cluster IPs, which stay, and the addresses of CoreDNS pods, which are looked up again
 * and again. What was last heard counts while no API server answers.
 */
export class Places {
  readonly #hasWeb: boolean;
  readonly #connections: Connections;
  #services: Services | undefined;
  #dnsPods: readonly DnsPod[] = [];

  constructor(cluster: Cluster) {
    this.#hasWeb = cluster.ingress !== undefined;
    this.#connections = connect(cluster, LOOKUP_TIMEOUT_MS);
  }

  /** Undefined until some API server has told. */
  get services(): Services | undefined {
    return this.#services;
  }

  get dnsPods(): readonly DnsPod[] {
    return this.#dnsPods;
  }

  /** Before the fault, as API servers may be down during it; where they tell too late, `follow` looks again. */
  async ready(clock: Clock, signal: AbortSignal): Promise<void> {
    const look = async () => ((await this.look()) ? done(true) : notYet('no API server tells'));
    await until('the places that nodes ask are known', look, {
      timeoutMs: READY_TIMEOUT_MS,
      intervalMs: 500,
      signal,
      clock,
    }).catch((thrown) => {
      if (signal.aborted) throw thrown;
    });
  }

  /** @param onLook called after each look that was answered. */
  async follow({ clock, signal }: Watch, onLook: () => void): Promise<void> {
    onLook();
    while (!signal.aborted) {
      await clock.pause(LOOK_AGAIN_MS, signal);
      if (!signal.aborted && (await this.look())) onLook();
    }
  }

  close(): void {
    this.#connections.close();
  }

  /** @returns whether an API server told. */
  async look(): Promise<boolean> {
    for (const api of this.#connections.apiServers) {
      try {
        this.#services ??= await servicesFrom(api, this.#hasWeb);
        this.#dnsPods = await dnsPodsFrom(api);
        return true;
      } catch {
        // Another one may know.
      }
    }
    return false;
  }
}

async function servicesFrom(api: ApiServer, hasWeb: boolean): Promise<Services> {
  const addressOf = async (namespace: string, name: string) => {
    const path = `/api/v1/namespaces/${namespace}/services/${name}`;
    return serviceSchema.parse(await api.get(path)).spec.clusterIP;
  };
  return {
    dns: await addressOf('kube-system', 'kube-dns'),
    web: hasWeb ? await addressOf('web', 'shop') : undefined,
  };
}

/** Consistent: after a restore it is the cache that may be of another world. */
async function dnsPodsFrom(api: ApiServer): Promise<DnsPod[]> {
  const pods: DnsPod[] = [];
  await api.list(RESOURCES.pods, {
    mode: 'consistent',
    namespace: 'kube-system',
    labelSelector: DNS_LABEL,
    onItem: (item) => {
      const pod = podSchema.parse(item);
      pods.push({
        name: pod.metadata.name,
        node: pod.spec.nodeName,
        address: podIpOf(pod),
        ready: isReady(pod),
        deleting: pod.metadata.deletionTimestamp != null,
      });
    },
  });
  return pods;
}
