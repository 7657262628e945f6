import { z } from 'zod';

/** Prints what answers for address `$ADDRESS` on the interface `$DEVICE`, found out anew. */
export const ASK_FOR_HARDWARE = `
ip neigh flush to "$ADDRESS" dev "$DEVICE"
echo > "/dev/udp/$ADDRESS/9"
sleep 0.05
ip -j neigh show to "$ADDRESS" dev "$DEVICE"`;

const neighbours = z.array(z.looseObject({ dst: z.string(), lladdr: z.string().optional() }));

/** The hardware address in what that printed; undefined when none has answered yet. */
export function hardwareIn(printed: string): string | undefined {
  if (printed.trim() === '') return undefined;
  const [entry] = neighbours.parse(JSON.parse(printed));
  return entry?.lladdr;
}

/**
 * Says in its every question whose address it has taken, so that all neighbours believe it and not
 * the owner. `$@`: the neighbours. It waits until its link is there.
 */
export const CLAIM_ADDRESS = `
until ip neigh flush dev eth0 2>/dev/null; do sleep 0.05; done
while :; do
  for neighbour; do echo > "/dev/udp/$neighbour/9"; done 2>/dev/null
  sleep 0.5
  ip neigh flush dev eth0
done`;
