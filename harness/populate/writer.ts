import type { ApiServer } from '../kube/api-server.ts';
import { isAlreadyExists, isNotFound, isPassing } from '../kube/error.ts';
import { type ApiResource, type KubeObject, pathOf, refOf } from '../kube/resource.ts';
import { apiVersionOf } from '../kube/resources.ts';
import type { ObjectRef } from '../model/finding.ts';
import { messageOf } from '../support/errors.ts';
import { done, type Look, notYet, until } from '../support/until.ts';

/** One object to be made. */
export interface Planned {
  resource: ApiResource;
  object: KubeObject;
}

const PATIENCE_MS = 20_000;

/** Writes through every API server in turn, and bears with one that is just starting. */
export class ObjectWriter {
  readonly #servers: readonly ApiServer[];
  readonly #signal: AbortSignal | undefined;
  #turn = 0;

  constructor(servers: readonly ApiServer[], signal?: AbortSignal) {
    this.#servers = servers;
    this.#signal = signal;
  }

  async create(planned: Planned): Promise<ObjectRef> {
    await this.make(planned);
    return refOf(planned.resource, planned.object);
  }

  /**
   * An object that is there already counts as made: an earlier try may have got through.
   * @returns it as stored.
   */
  make({ resource, object }: Planned): Promise<KubeObject> {
    const { name, namespace } = object.metadata;
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return this.#patiently(`create ${resource.resource} ${name}`, async (server) => {
      try {
        return await server.create(resource, body);
      } catch (thrown) {
        if (!isAlreadyExists(thrown)) throw thrown;
        return server.get(pathOf(resource, namespace, name));
      }
    });
  }

  /** Whatever the object is now. @returns it as stored. */
  replace({ resource, object }: Planned): Promise<KubeObject> {
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return this.#patiently(`update ${resource.resource} ${object.metadata.name}`, (server) =>
      server.update(resource, body),
    );
  }

  async delete(resource: ApiResource, namespace: string | null, name: string): Promise<void> {
    await this.#patiently(`delete ${resource.resource} ${name}`, async (server) => {
      try {
        await server.delete(resource, namespace, name);
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
      }
    });
  }

  /**
   * A refusal is final, except 404 and 403: an API server may not know yet of a Namespace, a
   * definition or its own roles that another one has just stored.
   */
  async #patiently<T>(what: string, write: (server: ApiServer) => Promise<T>): Promise<T> {
    const outcome = await until<{ value: T } | { refusal: unknown }>(
      `the API accepts: ${what}`,
      async (): Promise<Look<{ value: T } | { refusal: unknown }>> => {
        const server = this.#servers[this.#turn++ % this.#servers.length];
        if (server === undefined) throw new Error('no API server');
        try {
          return done({ value: await write(server) });
        } catch (thrown) {
          const passing = isPassing(thrown) || isNotFound(thrown) || isForbidden(thrown);
          return passing ? notYet(messageOf(thrown)) : done({ refusal: thrown });
        }
      },
      { timeoutMs: PATIENCE_MS, intervalMs: 100, signal: this.#signal },
    );
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.value;
  }
}

function isForbidden(thrown: unknown): boolean {
  return thrown instanceof Error && 'httpCode' in thrown && thrown.httpCode === 403;
}
