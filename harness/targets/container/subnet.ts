import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { Network } from 'dockerode';
import { environmentError, messageOf } from '../../support/errors.ts';
import type { Engine } from './engine.ts';
import { runLabels } from './labels.ts';

/** Drills take their networks from here, 256 of them. */
const RANGE = '10.78';

/** A network of one's own and how its addresses begin: `10.78.41`. */
export interface OwnNetwork {
  network: Network;
  name: string;
  prefix: string;
}

/**
 * Whether hosts have a gateway at all, or one that hands nothing on: kind's own node images do not boot without.
 * Neither way anything out there can answer.
 */
export type Seclusion = 'internal' | 'no-nat';

/**
 * Makes a network, which no way leads out of, on a subnet that nobody has.
 * Two drills that choose the same one at the same time: the engine gives it to one of them.
 * @throws DrillError (environment) when every subnet is taken, or with the engine's own reason.
 */
export async function makeNetwork(
  engine: Engine,
  runId: string,
  seclusion: Seclusion = 'internal',
): Promise<OwnNetwork> {
  const name = `kubedrill-${runId}`;
  const own = addressesOfThisMachine();
  const first = randomBytes(1).readUInt8();
  let taken = '';
  for (let turn = 0; turn < 256; turn += 1) {
    const prefix = `${RANGE}.${(first + turn) % 256}`;
    if (own.some((address) => address.startsWith(`${prefix}.`))) continue;
    try {
      const network = await engine.createNetwork({
        Name: name,
        Driver: 'bridge',
        Internal: seclusion === 'internal',
        Options: { 'com.docker.network.bridge.enable_ip_masquerade': 'false' },
        CheckDuplicate: true,
        Labels: runLabels(runId),
        IPAM: { Config: [{ Subnet: `${prefix}.0/24`, Gateway: `${prefix}.1` }] },
      });
      return { network, name, prefix };
    } catch (thrown) {
      taken = messageOf(thrown);
      if (!/overlap|pool|conflict/i.test(taken)) {
        throw environmentError('make the network of the drill', taken, 'docker network ls');
      }
    }
  }
  throw environmentError(
    `find a free subnet in ${RANGE}.0.0/16`,
    `every one is taken (${taken})`,
    'kubedrill clean; docker network ls',
  );
}

/**
 * Whether the gateway of a network with containers on it is this machine, as it is with an engine that runs
 * here. That of a virtual machine, and one without root, have it in a network of their own.
 */
export function isHere({ prefix }: Pick<OwnNetwork, 'prefix'>): boolean {
  return addressesOfThisMachine().includes(`${prefix}.1`);
}

function addressesOfThisMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
}
