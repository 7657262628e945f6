import type { Inventory } from '../../objects/inventory.ts';
import { readInventory } from '../../snapshot/read-inventory.ts';
import type { SnapshotReading } from '../../snapshot/reading.ts';
import { usageError } from '../../support/errors.ts';

/**
 * The inventory of a file that may be compared or kept.
 * @throws DrillError (usage) when not every row of the file can be read: what is missing would look lost.
 */
export function readWholeInventory(reading: SnapshotReading, prefix: string): Inventory {
  if (reading.complete) return readInventory(reading, prefix);
  throw usageError(
    `take the inventory of ${reading.file}`,
    'the file is damaged, or no snapshot',
    `kubedrill verify ${reading.file}`,
  );
}
