import type { DrillFacts } from '../model/check.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { EtcdObjects, Observation, ObservedObject } from '../model/observation.ts';
import { comesAndGoes } from './may-change.ts';
import { allOf } from './observed.ts';
import { counted, listed } from './wording.ts';

const TALLIES_MAX = 4;

/** Objects by their place in the API. */
export type ObjectSet<T extends ObjectRef = ObservedObject> = Map<string, T>;

/** Names hold no slash in the API; a plain key may, and stands last. */
export function placeOf(ref: ObjectRef): string {
  return `${ref.group}/${ref.resource}/${ref.namespace ?? ''}/${ref.name}`;
}

/** Its place alone: findings carry no uid and no hash. */
export function refOf({ group, resource, namespace, name }: ObjectRef): ObjectRef {
  return { group, resource, namespace, name };
}

export function setOf<T extends ObjectRef>(objects: Iterable<T>): ObjectSet<T> {
  const set: ObjectSet<T> = new Map();
  for (const object of objects) set.set(placeOf(object), object);
  return set;
}

/** Those that no rule lets come and go by themselves. */
export function steadySet(objects: readonly ObservedObject[], facts: DrillFacts): ObjectSet {
  return setOf(objects.filter((object) => !comesAndGoes(object, facts)));
}

/** What is in `left` and not in `right`, in the order of `left`. */
export function without<T extends ObjectRef>(
  left: ObjectSet<T>,
  right: ReadonlyMap<string, unknown>,
): T[] {
  return [...left].filter(([place]) => !right.has(place)).map(([, object]) => object);
}

/** `12 configmaps in shop, 3 apps/deployments in shop and 1 namespace`: the largest groups first. */
export function tally(objects: readonly ObjectRef[]): string {
  const counts = new Map<string, number>();
  for (const { group, resource, namespace } of objects) {
    const kind = group === '' ? resource : `${group}/${resource}`;
    const label = namespace === null ? kind : `${kind} in ${namespace}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const largest = [...counts].sort((a, b) => b[1] - a[1]);
  const words = largest.slice(0, TALLIES_MAX).map(([label, count]) => `${count} ${label}`);
  const rest = objects.length - sum(largest.slice(0, TALLIES_MAX).map(([, count]) => count));
  return listed(rest > 0 ? [...words, counted(rest, 'other')] : words);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What etcd held at backup time; of several members the fullest view, as none holds too much. */
export function baselineObjects(baseline: readonly Observation[]): EtcdObjects | undefined {
  return allOf(baseline, 'etcd-objects').reduce<EtcdObjects | undefined>(
    (best, seen) => (best === undefined || seen.objects.length > best.objects.length ? seen : best),
    undefined,
  );
}

/** One difference and every host that shows it, so that it is reported once. */
export interface Difference<T extends ObjectRef> {
  hosts: string[];
  objects: T[];
}

/** Puts the same list of objects seen on several hosts together; empty lists are no difference. */
export function sameOnHosts<T extends ObjectRef>(
  perHost: readonly { host: string; objects: T[] }[],
): Difference<T>[] {
  const differences = new Map<string, Difference<T>>();
  for (const { host, objects } of perHost) {
    if (objects.length === 0) continue;
    const signature = objects.map(placeOf).sort().join('\n');
    const known = differences.get(signature);
    if (known === undefined) differences.set(signature, { hosts: [host], objects });
    else known.hosts.push(host);
  }
  return [...differences.values()];
}
