import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import type { ApiServer } from '../../kube/api-server.ts';
import { ensureCanaryNamespace } from '../../kube/canary-namespace.ts';
import { CANARY_NAMESPACE } from '../../kube/drill-objects.ts';
import { isNotFound } from '../../kube/error.ts';
import { isReady, type PodItem, podSchema } from '../../kube/pod-list.ts';
import { type KubeObject, pathOf } from '../../kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../../kube/resources.ts';
import { messageOf } from '../../support/errors.ts';
import { done, notYet, until } from '../../support/until.ts';
import { connect } from '../../targets/connections.ts';
import type { Cluster } from '../../targets/target.ts';
import type { Watch } from './watch.ts';
import { Watched } from './watched.ts';

const CALL_TIMEOUT_MS = 5000;
const LOOK_AGAIN_MS = 500;
const TRY_AGAIN_MS = 1000;
/** One that has got a node whose kubelet is away never starts; another may get another node. */
const PATIENCE_MS = 20_000;
const REMOVAL_TIMEOUT_MS = 15_000;
const nodeSchema = z.object({
  status: z
    .object({
      images: z.array(z.object({ names: z.array(z.string()).nullish() })).default([]),
    })
    .prefault({}),
});

/**
 * An image that nodes have, in which a pod does nothing: the one of every pod's sandbox.
 * @returns undefined when no node, or no API server, tells of one.
 */
export async function idleImageOf(cluster: Cluster): Promise<string | undefined> {
  const connections = connect(cluster, CALL_TIMEOUT_MS);
  try {
    for (const api of connections.apiServers) {
      const names: string[] = [];
      const onItem = (node: unknown) => {
        const { images } = nodeSchema.parse(node).status;
        names.push(...images.flatMap((image) => image.names ?? []));
      };
      const told = await api
        .list(RESOURCES.nodes, { mode: 'cache', onItem })
        .catch(() => undefined);
      if (told !== undefined) return names.find((name) => /\/pause:/.test(name));
    }
    return undefined;
  } finally {
    connections.close();
  }
}

/**
 * Whether a pod that is made now gets Ready, which takes the API server, the scheduler, a kubelet and the pods' network.
 * Nothing that came out of a backup can pretend it. Out from when one is wanted until one was Ready.
 */
export class NewPod {
  readonly watched = new Watched('new pod');
  readonly #cluster: Cluster;
  readonly #image: string;
  readonly #watch: Watch;
  #underWay: Promise<void> | undefined;
  #made = 0;
  /** What came of the last one that was made, in a few words; undefined while none is missed. */
  #missed: string | undefined;

  constructor(cluster: Cluster, image: string, watch: Watch) {
    this.#cluster = cluster;
    this.#image = image;
    this.#watch = watch;
  }

  /** From now on a new one is wanted. */
  want(): void {
    this.#underWay ??= this.#untilReady().finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Resolves when one that is wanted was Ready and is removed, or nobody asks any more. */
  async ended(): Promise<void> {
    await this.#underWay;
  }

  /** What came of the last one that was made, in a few words; undefined while none is missed. */
  get missed(): string | undefined {
    return this.#missed;
  }

  async #untilReady(): Promise<void> {
    const { nowMs, clock, signal } = this.#watch;
    const connections = connect(this.#cluster, CALL_TIMEOUT_MS);
    this.watched.note(false, nowMs(), nowMs());
    this.#missed = 'none was made yet';
    try {
      while (!signal.aborted) {
        for (const api of connections.apiServers) {
          if (!signal.aborted && (await this.#getsReady(api))) return;
        }
        await clock.pause(TRY_AGAIN_MS, signal);
      }
    } finally {
      connections.close();
    }
  }

  /** Makes one through an API server and removes it again. */
  async #getsReady(api: ApiServer): Promise<boolean> {
    const { nowMs, clock, signal } = this.#watch;
    const name = `new-pod-${clock.nowMs()}-${++this.#made}`;
    const path = pathOf(RESOURCES.pods, CANARY_NAMESPACE, name);
    const look = async () => {
      const askedMs = nowMs();
      const pod = podSchema.parse(await api.get(path));
      if (!isReady(pod)) return notYet(this.#told(pod));
      this.watched.note(true, askedMs, nowMs());
      this.#missed = undefined;
      return done(true);
    };
    try {
      await create(api, podOf(name, this.#image));
    } catch (thrown) {
      this.#missed = `${api.host} makes none: ${messageOf(thrown)}`;
      // A request that was given up may have been heard all the same.
      await api.delete(RESOURCES.pods, CANARY_NAMESPACE, name).catch(() => undefined);
      return false;
    }
    try {
      const options = { timeoutMs: PATIENCE_MS, intervalMs: LOOK_AGAIN_MS, signal, clock };
      return await until('a new pod is Ready', look, options);
    } catch {
      return false;
    } finally {
      await this.#remove(api, name);
    }
  }

  #told({ spec, status }: PodItem): string {
    const where = spec.nodeName === undefined ? 'it has no node' : `it is on ${spec.nodeName}`;
    this.#missed = `${where}, phase ${status.phase}`;
    return this.#missed;
  }

  /** Waits until its kubelet has let go of it, too; at the end, when everything goes, nobody does. */
  async #remove(api: ApiServer, name: string): Promise<void> {
    const { clock, signal } = this.#watch;
    const ask = () => api.delete(RESOURCES.pods, CANARY_NAMESPACE, name);
    const look = async () => {
      try {
        await ask();
        return notYet('it is there');
      } catch (thrown) {
        if (isNotFound(thrown)) return done(true);
        throw thrown;
      }
    };
    await ask().catch(() => undefined);
    const options = { timeoutMs: REMOVAL_TIMEOUT_MS, intervalMs: LOOK_AGAIN_MS, signal, clock };
    await until(`${name} is removed`, look, options).catch(() => undefined);
  }
}

async function create(api: ApiServer, pod: V1Pod & KubeObject): Promise<void> {
  await api.create(RESOURCES.pods, pod).catch(async (thrown: unknown) => {
    if (!isNotFound(thrown)) throw thrown;
    await ensureCanaryNamespace(api);
    await api.create(RESOURCES.pods, pod);
  });
}

function podOf(name: string, image: string): V1Pod & KubeObject {
  return {
    apiVersion: apiVersionOf(RESOURCES.pods),
    kind: RESOURCES.pods.kind,
    metadata: { name, namespace: CANARY_NAMESPACE },
    spec: {
      terminationGracePeriodSeconds: 1,
      // Several control planes have no other nodes beside them.
      tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
      containers: [{ name: 'idle', image, imagePullPolicy: 'Never' }],
    },
  };
}
