import { z } from 'zod';
import { usageError } from '../support/errors.ts';
import { arrivals, fewestArrivals } from './arrivals.ts';
import type { Fault } from './fault.ts';
import { otherHosts, sentence, witnessAmong } from './host-state.ts';
import { hostsNamedIn, requireNetwork } from './partition.ts';

const parameters = z.strictObject({
  from: z
    .string()
    .optional()
    .describe('Hosts whose packets are lost, joined by commas; left out, all others'),
});

/** What some hosts send no longer arrives at the struck ones, while they still hear what those send. */
export const oneWayCut: Fault<z.infer<typeof parameters>> = {
  name: 'one-way-cut',
  summary: 'what some hosts send no longer arrives at others, which they still hear',
  needs: ['one-way-cut'],
  parameters,
  inject: async ({ cluster, hosts, parameters: { from } }) => {
    const network = requireNetwork(cluster);
    const senders = from === undefined ? otherHosts(cluster, hosts) : hostsNamedIn(cluster, from);
    if (senders.length === 0 || senders.some((sender) => hosts.includes(sender))) {
      throw usageError(
        'cut one way',
        'the hosts that are not heard must be others than the struck',
      );
    }
    await network.cut(senders, hosts);
    const [sender = '', receiver = ''] = [
      witnessAmong(cluster, senders),
      witnessAmong(cluster, hosts),
    ];
    const [there, back] = [
      await fewestArrivals(cluster, sender, receiver),
      await arrivals(cluster, receiver, sender),
    ];
    return {
      took: there === 0 && back > 0 ? 'effect' : 'no-effect',
      evidence:
        `what ${sentence(senders, 'sends', 'send')} no longer arrives at ${sentence(hosts, '', '').trim()}:` +
        ` ${there} of 3 packets there, ${back} of 3 back`,
      heal: () => network.heal(),
    };
  },
};
