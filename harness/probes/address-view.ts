import { z } from 'zod';
import { describeEnding } from '../exec/run.ts';
import type { AddressView } from '../model/observation.ts';
import type { RunningHost } from '../targets/host.ts';
import { type Probe, seen, unavailable } from './probe.ts';

const TIMEOUT_MS = 5000;

/** Says something to each neighbour, so that the host finds out who answers at its address, and tells it. */
const LOOK = `
for neighbour in $NEIGHBOURS; do echo > "/dev/udp/$neighbour/9" || true; done 2>/dev/null
sleep 0.1
ip -j addr show dev eth0
ip -j neigh show dev eth0
`;

const ownSchema = z
  .array(
    z.looseObject({
      address: z.string(),
      addr_info: z.array(z.looseObject({ family: z.string(), local: z.string() })),
    }),
  )
  .min(1);
const neighbourSchema = z.array(z.looseObject({ dst: z.string(), lladdr: z.string().optional() }));

/**
 * Who answers at each host's address, as the others see it. Only where a member does not answer:
 * as long as all do, each behind its own certificate, nobody has another's address.
 */
export const addressView: Probe = {
  kind: 'address-view',
  needs: 'etcd',
  look: async (at) => {
    if (at.members.every(({ up }) => up !== null)) return [];
    const running = at.hosts.filter((host): host is RunningHost => host.state === 'running');
    const looks = running.map(async (host) => {
      const neighbours = at.hosts.filter(({ name }) => name !== host.name);
      const finished = await host.shell(LOOK, {
        timeoutMs: TIMEOUT_MS,
        env: { NEIGHBOURS: neighbours.map(({ address }) => address).join(' ') },
        signal: at.signal,
      });
      if (finished.exitCode !== 0) {
        return unavailable(at, 'address-view', host.name, describeEnding(finished));
      }
      return {
        kind: 'address-view' as const,
        ...viewFrom(
          finished.stdout,
          neighbours.map(({ address }) => address),
        ),
        ...seen(at, host.name),
      };
    });
    return Promise.all(looks);
  },
};

/** @param output two lines of JSON, as `ip` prints it. */
export function viewFrom(
  output: string,
  wanted: readonly string[],
): Pick<AddressView, 'hardware' | 'addresses' | 'neighbours'> {
  const [own = '', others = ''] = output.trim().split('\n');
  const [{ address: hardware, addr_info: addresses }] = ownSchema.parse(JSON.parse(own)) as [
    z.infer<typeof ownSchema>[number],
  ];
  return {
    hardware,
    addresses: addresses.filter(({ family }) => family === 'inet').map(({ local }) => local),
    neighbours: neighbourSchema
      .parse(JSON.parse(others === '' ? '[]' : others))
      .flatMap(({ dst, lladdr }) =>
        lladdr !== undefined && wanted.includes(dst) ? [{ address: dst, hardware: lladdr }] : [],
      ),
  };
}
