import type { DrillFacts } from '../model/check.ts';
import { describeObject, type ObjectRef } from '../model/finding.ts';
import type { EtcdObjects, Observation, ObservedObject } from '../model/observation.ts';
import { comesAndGoes } from './may-change.ts';
import { allOf } from './observed.ts';
import { listed } from './wording.ts';

const NAMED_IN_SENTENCE_MAX = 3;
const TALLIES_MAX = 4;

/** Objects by their place in the API. */
export type ObjectSet<T extends ObjectRef = ObservedObject> = Map<string, T>;

/** `configmaps`, `apps/deployments`. */
export function resourceOf({ group, resource }: { group: string; resource: string }): string {
  return group === '' ? resource : `${group}/${resource}`;
}

/** Members and lists share the records of what they see alike, and places are asked for often. */
const PLACES = new WeakMap<ObjectRef, string>();

/** Names hold no slash in the API; a plain key may, and stands last. */
export function placeOf(ref: ObjectRef): string {
  const known = PLACES.get(ref);
  if (known !== undefined) return known;
  const place = `${ref.group}/${ref.resource}/${ref.namespace ?? ''}/${ref.name}`;
  PLACES.set(ref, place);
  return place;
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

/**
 * A few objects by name; of many `configmaps in shop (12), apps/deployments in shop (3) and
 * namespaces (1)`, the largest groups first.
 */
export function tally(objects: readonly ObjectRef[]): string {
  if (objects.length <= NAMED_IN_SENTENCE_MAX) return listed(objects.map(describeObject));
  const counts = new Map<string, number>();
  for (const object of objects) {
    const kind = resourceOf(object);
    const label = object.namespace === null ? kind : `${kind} in ${object.namespace}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const largest = [...counts].sort((a, b) => b[1] - a[1]);
  const words = largest.slice(0, TALLIES_MAX).map(([label, count]) => `${label} (${count})`);
  const rest = objects.length - sum(largest.slice(0, TALLIES_MAX).map(([, count]) => count));
  return listed(rest > 0 ? [...words, `others (${rest})`] : words);
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
  /** What else the hosts have in common. */
  detail: string;
  objects: T[];
}

/** Puts the same list of objects seen on several hosts together; empty lists are no difference. */
export function sameOnHosts<T extends ObjectRef>(
  perHost: readonly { host: string; objects: T[]; detail?: string }[],
): Difference<T>[] {
  const differences = new Map<string, Difference<T>>();
  for (const { host, objects, detail = '' } of perHost) {
    if (objects.length === 0) continue;
    const signature = [detail, ...objects.map(placeOf).sort()].join('\n');
    const known = differences.get(signature);
    if (known === undefined) differences.set(signature, { hosts: [host], detail, objects });
    else known.hosts.push(host);
  }
  return [...differences.values()];
}
