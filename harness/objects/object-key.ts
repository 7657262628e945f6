import { isUtf8 } from 'node:buffer';
import type { ObjectRef } from '../model/finding.ts';
import { builtInByPrefix, INTERNAL_GROUP } from './resources.ts';
import { bufferOver } from './wire.ts';

export interface ParsedKey extends ObjectRef {
  /**
   * `custom`: the key names the group (custom resources, CRDs, APIServices, aggregated servers).
   * `unlisted`: a built-in newer than our table; `group` is '' until the value's apiVersion tells it.
   */
  origin: 'built-in' | 'custom' | 'unlisted';
}

/** What all keys of one directory have in common; null when they stand for no object. */
interface Directory {
  group: string;
  resource: string;
  namespace: string | null;
  origin: ParsedKey['origin'];
  /** Of bookkeeping that lies deeper: goes before the last part of the key. */
  nameStart: string;
}

/** A store has a hundred thousand keys in a few hundred directories. */
const directories = new Map<string, Directory | null>();
const DIRECTORIES_MAX = 10_000;

/**
 * The object that an etcd key of kube-apiserver stands for, or null when it is none of its keys.
 * Bookkeeping of kube-apiserver (masterleases, ranges) comes back with group `(internal)`.
 * @param prefix kube-apiserver's `--etcd-prefix`.
 */
export function parseObjectKey(key: string, prefix = '/registry'): ParsedKey | null {
  const root = prefix.endsWith('/') ? prefix : `${prefix}/`;
  if (!key.startsWith(root)) return null;
  const nameAt = key.lastIndexOf('/') + 1;
  if (nameAt === key.length) return null;
  const directory = directoryOf(key.slice(root.length, nameAt));
  if (directory === null) return null;
  const { group, resource, namespace, origin, nameStart } = directory;
  const name = nameStart === '' ? key.slice(nameAt) : nameStart + key.slice(nameAt);
  return { group, resource, namespace, name, origin };
}

/** @param path from the prefix to the last slash: `pods/shop/`. */
function directoryOf(path: string): Directory | null {
  const known = directories.get(path);
  if (known !== undefined) return known;
  if (directories.size >= DIRECTORIES_MAX) directories.clear();
  const parsed = parsePath(`${path}x`.split('/'));
  const directory = parsed === null ? null : { ...parsed, nameStart: parsed.name.slice(0, -1) };
  directories.set(path, directory);
  return directory;
}

function parsePath(parts: string[]): ParsedKey | null {
  if (parts.some((part) => part === '')) return null;
  const [first = '', second, ...rest] = parts;
  if (second === undefined) return null;
  if (first === 'services') return builtIn(`services/${second}`, rest);
  if (first.includes('.')) return custom(first, second, rest);
  return builtIn(first, [second, ...rest]);
}

function builtIn(prefix: string, path: string[]): ParsedKey | null {
  const known = builtInByPrefix(prefix);
  if (known === undefined) return located('unlisted', '', prefix, path);
  if (known.group === INTERNAL_GROUP)
    return { ...place(known.group, known.resource, null, path.join('/')), origin: 'built-in' };
  if (path.length !== (known.namespaced ? 2 : 1)) return null;
  return located('built-in', known.group, known.resource, path);
}

function custom(group: string, resource: string, path: string[]): ParsedKey | null {
  return located('custom', group, resource, path);
}

function located(
  origin: ParsedKey['origin'],
  group: string,
  resource: string,
  path: string[],
): ParsedKey | null {
  const [first, second] = path;
  if (first === undefined || path.length > 2) return null;
  return second === undefined
    ? { ...place(group, resource, null, first), origin }
    : { ...place(group, resource, first, second), origin };
}

function place(group: string, resource: string, namespace: string | null, name: string): ObjectRef {
  return { group, resource, namespace, name };
}

/** An etcd key as text. Bytes that are not UTF-8 are written as `\xNN`, so distinct keys stay distinct. */
export function keyText(key: Uint8Array): string {
  const buffer = bufferOver(key);
  if (isUtf8(key)) return buffer.toString('utf8');
  return buffer
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Rows that change without anybody's doing: events, leases, kube-apiserver's own bookkeeping. */
export function isVolatile(ref: ObjectRef): boolean {
  return (
    ref.group === INTERNAL_GROUP ||
    (ref.group === '' && ref.resource === 'events') ||
    (ref.group === 'coordination.k8s.io' &&
      (ref.resource === 'leases' || ref.resource === 'leasecandidates'))
  );
}

/** kube-apiserver's compaction clock, beside the prefix. */
export const COMPACTION_KEY = 'compact_rev_key';
