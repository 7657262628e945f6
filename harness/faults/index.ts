import { clashAddress } from './clash-address.ts';
import { corrupt } from './corrupt.ts';
import { disconnect } from './disconnect.ts';
import { exhaustQuota } from './exhaust-quota.ts';
import type { Fault } from './fault.ts';
import { fillDisk } from './fill-disk.ts';
import { freeze } from './freeze.ts';
import { killEtcdFault } from './kill-etcd.ts';
import { latency } from './latency.ts';
import { oneWayCut } from './one-way-cut.ts';
import { outdatedAddress } from './outdated-address.ts';
import { packetLoss } from './packet-loss.ts';
import { partition } from './partition.ts';
import { powerOff } from './power-off.ts';
import { rebuildHost } from './rebuild-host.ts';
import { stopEtcd } from './stop-etcd.ts';
import { swapAddresses } from './swap-addresses.ts';
import { wipeDataDirFault } from './wipe-data-dir.ts';
import { wrongMode } from './wrong-mode.ts';
import { wrongOwner } from './wrong-owner.ts';

/** Every fault by name. Parameters are parsed by each fault's own schema before it is called. */
export const FAULTS: readonly Fault[] = [
  powerOff,
  rebuildHost,
  freeze,
  stopEtcd,
  killEtcdFault,
  wipeDataDirFault,
  corrupt,
  wrongOwner,
  wrongMode,
  fillDisk,
  disconnect,
  partition,
  oneWayCut,
  latency,
  packetLoss,
  swapAddresses,
  clashAddress,
  outdatedAddress,
  exhaustQuota,
] as unknown as readonly Fault[];

export function faultByName(name: string): Fault | undefined {
  return FAULTS.find((fault) => fault.name === name);
}
