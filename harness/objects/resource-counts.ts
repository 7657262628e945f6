import type { ObjectRef } from '../model/finding.ts';

export interface ResourceCount {
  group: string;
  resource: string;
  count: number;
  /** Objects by encoding: `protobuf`, `json`, `encrypted:aescbc:v1:<key name>`. */
  encoding: Record<string, number>;
  /** Objects by namespace; empty for cluster-scoped resources. */
  namespaces: Record<string, number>;
  leased: number;
}

/** Counts objects by group and resource without keeping them. */
export class ResourceCounter {
  readonly #counts = new Map<string, ResourceCount>();

  add({ group, resource, namespace }: ObjectRef, encoding: string, leased: boolean): void {
    const id = `${group}/${resource}`;
    const known = this.#counts.get(id) ?? {
      group,
      resource,
      count: 0,
      encoding: {},
      namespaces: {},
      leased: 0,
    };
    this.#counts.set(id, known);
    known.count += 1;
    known.leased += leased ? 1 : 0;
    known.encoding[encoding] = (known.encoding[encoding] ?? 0) + 1;
    if (namespace !== null) known.namespaces[namespace] = (known.namespaces[namespace] ?? 0) + 1;
  }

  /** Sorted by group and resource. */
  finish(): ResourceCount[] {
    return [...this.#counts.values()].sort(
      (a, b) => compareText(a.group, b.group) || compareText(a.resource, b.resource),
    );
  }
}

/** By code unit: the same on every machine, unlike localeCompare. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
