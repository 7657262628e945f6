import { corrupt } from './corrupt.ts';
import { disconnect } from './disconnect.ts';
import type { Fault } from './fault.ts';
import { fillDisk } from './fill-disk.ts';
import { freeze } from './freeze.ts';
import { partition } from './partition.ts';
import { powerOff } from './power-off.ts';
import { rebuildHost } from './rebuild-host.ts';
import { stopEtcd } from './stop-etcd.ts';
import { wipeDataDirFault } from './wipe-data-dir.ts';

/** Every fault by name. Parameters are parsed by each fault's own schema before it is called. */
export const FAULTS: readonly Fault[] = [
  powerOff,
  rebuildHost,
  freeze,
  stopEtcd,
  wipeDataDirFault,
  corrupt,
  fillDisk,
  disconnect,
  partition,
] as unknown as readonly Fault[];

export function faultByName(name: string): Fault | undefined {
  return FAULTS.find((fault) => fault.name === name);
}
