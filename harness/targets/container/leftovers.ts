import { isAlive, readOwner } from '../../toolchain/owner.ts';
import type { Engine } from './engine.ts';
import { OWNER_LABEL, RUN_LABEL } from './labels.ts';

/** What a run has in the engine. */
export interface Leftover {
  runId: string;
  /** The process that plays it still runs, here or on another machine that uses this engine. */
  underWay: boolean;
  /** `container kubedrill-4f1c-etcd-1`, `network …`, `volume …`. */
  names: string[];
}

/** Everything in the engine that belongs to a run, told by its label, whatever else is known of the run. */
export async function findLeftovers(engine: Engine): Promise<Leftover[]> {
  const filters = { label: [RUN_LABEL] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  const found = new Map<string, Leftover>();
  const add = (kind: string, name: string | undefined, labels: Record<string, string> = {}) => {
    const runId = labels[RUN_LABEL];
    if (runId === undefined) return;
    const owner = readOwner(labels[OWNER_LABEL] ?? '');
    const run = found.get(runId) ?? { runId, underWay: false, names: [] };
    run.underWay ||= owner !== undefined && isAlive(owner);
    run.names.push(`${kind} ${name?.replace(/^\//, '') ?? '?'}`);
    found.set(runId, run);
  };
  for (const { Names, Labels } of containers) add('container', Names[0], Labels);
  for (const { Name, Labels } of networks) add('network', Name, Labels);
  for (const { Name, Labels } of volumes) add('volume', Name, Labels);
  return [...found.values()];
}
