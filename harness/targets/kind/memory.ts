import { environmentError } from '../../support/errors.ts';

const MIB = 1024 ** 2;
/** A control plane was seen to take 400 to 500 MB, a worker 160 MB; one more is for what runs besides. */
const CONTROL_PLANE_BYTES = 600 * MIB;
const WORKER_BYTES = 300 * MIB;
const REST_BYTES = 500 * MIB;

/** @throws DrillError (environment) where the nodes would not fit: they would fail one by one, with other words. */
export function requireMemory(
  memoryBytes: number,
  { controlPlanes, workers }: { controlPlanes: number; workers: number },
): void {
  const needed = REST_BYTES + controlPlanes * CONTROL_PLANE_BYTES + workers * WORKER_BYTES;
  if (memoryBytes >= needed) return;
  const nodes = controlPlanes + workers;
  throw environmentError(
    `make a kind cluster of ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`,
    `Docker has ${Math.round(memoryBytes / MIB)} MiB of memory, and they need ${needed / MIB}`,
    controlPlanes > 1 ? 'give Docker more memory, or try --control-planes 1' : 'give Docker more',
  );
}
