import { readEnvelope } from '../objects/envelope.ts';
import { type Inventory, InventoryBuilder } from '../objects/inventory.ts';
import { keyText, parseObjectKey } from '../objects/object-key.ts';
import type { SnapshotReading } from './reading.ts';

/**
 * The inventory of a snapshot, without judging it.
 * @param prefix kube-apiserver's `--etcd-prefix`.
 */
export function readInventory(reading: SnapshotReading, prefix = '/registry'): Inventory {
  const builder = new InventoryBuilder();
  reading.eachLive((row) => {
    const key = keyText(row.key);
    builder.add(row, key, parseObjectKey(key, prefix), readEnvelope(row.value));
  });
  return builder.finish(reading.figures.revision);
}
