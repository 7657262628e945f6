import type { Finding } from '../../model/finding.ts';
import { append } from './append.ts';
import type { ClusterContent } from './cluster-content.ts';
import type { Hazard } from './hazard.ts';
import { type Holders, heldTwice, notAllocated } from './held-once.ts';

/** Node ports that two Services hold, or that the allocation bitmap has free. */
export const nodePorts: Hazard = (content) => {
  const holders: Holders = new Map();
  for (const { ref, value } of content.typed.services) {
    for (const { protocol, nodePort = 0 } of value.spec?.ports ?? []) {
      const id = `${protocol ?? 'TCP'} ${nodePort}`;
      if (nodePort !== 0) append(holders, id, ref);
    }
  }
  return [
    ...heldTwice('node-port-duplicate', 'node port', holders),
    ...unallocated(content, holders),
  ];
};

function unallocated(content: ClusterContent, holders: Holders): Finding[] {
  const range = content.typed['(internal)/ranges'].find(
    ({ ref }) => ref.name === 'servicenodeports',
  );
  if (range === undefined) return [];
  const first = Number.parseInt(range.value.range ?? '', 10);
  const bitmap = range.value.data ?? new Uint8Array();
  const isAllocated = (id: string) => isSet(bitmap, Number(id.slice(id.indexOf(' ') + 1)) - first);
  return notAllocated(
    'node-port-unallocated',
    holders,
    isAllocated,
    (ids) => `node port ${ids} is in use by a Service but free in the allocation table`,
  );
}

/** Go's big.Int bytes: big-endian, without leading zeros. */
function isSet(bitmap: Uint8Array, bit: number): boolean {
  const byte = bitmap[bitmap.length - 1 - Math.floor(bit / 8)] ?? 0;
  return bit >= 0 && (byte & (1 << (bit % 8))) !== 0;
}
