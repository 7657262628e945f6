import { Watched } from './watched.ts';

/** A CoreDNS pod as an API server lists it. */
export interface DnsPod {
  name: string;
  node: string | undefined;
  address: string | null;
  ready: boolean;
  deleting: boolean;
}

/** One that is asked. */
export interface AskedPod {
  /** `ADDRESS:PORT`. */
  at: string;
  node: string;
  watched: Watched;
}

/**
 * Each CoreDNS pod by itself: behind one address of a Service there are several, and one of them may be out. They come
 * and go in a drill. One that is new is watched once it has been called ready; one that the API has no more, or
 * deletes, is missed by nobody.
 */
export class DnsPods {
  readonly #ever: Watched[] = [];
  readonly #asked = new Map<string, AskedPod>();

  /** All that have been watched, with those that are gone. */
  get watched(): readonly Watched[] {
    return this.#ever;
  }

  /** Those to be asked on a node. */
  on(node: string): AskedPod[] {
    return [...this.#asked.values()].filter((pod) => pod.node === node);
  }

  /** @param pods all that an API server lists at `nowMs`. */
  list(pods: readonly DnsPod[], nowMs: number): void {
    const staying = new Map(pods.flatMap((pod) => (pod.deleting ? [] : [[pod.name, pod]])));
    for (const [name, { watched }] of this.#asked) {
      if (staying.has(name)) continue;
      watched.leave(nowMs);
      this.#asked.delete(name);
    }
    for (const { name, node, address, ready } of staying.values()) {
      const known = this.#asked.get(name);
      // Where it was last is where its clients look until they are told another place.
      if (address === null || node === undefined || (known === undefined && !ready)) continue;
      this.#asked.set(name, {
        at: `${address}:53`,
        node,
        watched: known?.watched ?? this.#new(name),
      });
    }
  }

  #new(name: string): Watched {
    const watched = new Watched('dns', `${name} pod`);
    this.#ever.push(watched);
    return watched;
  }
}
