import type { ClusterContent } from './cluster-content.ts';

/** Computes something about a store once, however many hazards ask. */
export function oncePerStore<T>(
  compute: (content: ClusterContent) => T,
): (content: ClusterContent) => T {
  const known = new WeakMap<ClusterContent, { value: T }>();
  return (content) => {
    const found = known.get(content) ?? { value: compute(content) };
    known.set(content, found);
    return found.value;
  };
}
