import type { EtcdObjects } from '../model/observation.ts';
import type { InventoryEntry } from '../objects/inventory.ts';

type Encrypted = NonNullable<EtcdObjects['encrypted']>[number];

/** Of each resource what is stored encrypted, and what beside it is not. */
export class EncryptionCount {
  readonly #byResource = new Map<string, Encrypted>();

  add({ group, resource, namespace, name, encoding }: InventoryEntry): void {
    const key = `${group}/${resource}`;
    const known = this.#byResource.get(key) ?? { group, resource, encrypted: 0, plain: [] };
    if (encoding.startsWith('encrypted:')) known.encrypted += 1;
    else known.plain.push({ group, resource, namespace, name });
    this.#byResource.set(key, known);
  }

  /** Only where both ways of storing could be meant. */
  found(): Encrypted[] {
    return [...this.#byResource.values()].filter(({ encrypted }) => encrypted > 0);
  }
}
