import type { Finding, ObjectRef } from '../../model/finding.ts';
import { snapshotFinding } from '../codes.ts';
import { append } from './append.ts';
import type { ClusterContent } from './cluster-content.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/** Node ports that two Services hold, or that the allocation bitmap has free. */
export const nodePorts: Hazard = (content) => {
  const holders = new Map<string, ObjectRef[]>();
  for (const { ref, value } of content.typed.services) {
    for (const { protocol, nodePort = 0 } of value.spec?.ports ?? []) {
      const id = `${protocol ?? 'TCP'} ${nodePort}`;
      if (nodePort !== 0) append(holders, id, ref);
    }
  }
  return [...duplicates(holders), ...unallocated(content, holders)];
};

function duplicates(holders: ReadonlyMap<string, ObjectRef[]>): Finding[] {
  const twice = [...holders].filter(([, refs]) => refs.length > 1);
  if (twice.length === 0) return [];
  const objects = twice.flatMap(([, refs]) => refs);
  return [
    snapshotFinding('node-port-duplicate', {
      message: `more than one Service has node port ${enumerate(twice.map(([port]) => port))}`,
      where: placeOf(objects),
      objects,
    }),
  ];
}

function unallocated(
  content: ClusterContent,
  holders: ReadonlyMap<string, ObjectRef[]>,
): Finding[] {
  const range = content.typed['(internal)/ranges'].find(
    ({ ref }) => ref.name === 'servicenodeports',
  );
  if (range === undefined) return [];
  const first = Number.parseInt(range.value.range ?? '', 10);
  const bitmap = range.value.data ?? new Uint8Array();
  const free = [...holders].filter(
    ([id]) => !isSet(bitmap, Number(id.slice(id.indexOf(' ') + 1)) - first),
  );
  if (free.length === 0) return [];
  const objects = free.flatMap(([, refs]) => refs);
  return [
    snapshotFinding('node-port-unallocated', {
      message: `node port ${enumerate(free.map(([port]) => port))} is in use by a Service but free in the allocation table: another Service may get it too`,
      where: placeOf(objects),
      objects,
    }),
  ];
}

/** Go's big.Int bytes: big-endian, without leading zeros. */
function isSet(bitmap: Uint8Array, bit: number): boolean {
  const byte = bitmap[bitmap.length - 1 - Math.floor(bit / 8)] ?? 0;
  return bit >= 0 && (byte & (1 << (bit % 8))) !== 0;
}
