import { z } from 'zod';
import { usageError } from '../support/errors.ts';
import type { Fault } from './fault.ts';
import { requireNetwork } from './partition.ts';

const parameters = z.strictObject({});

/** Two hosts get each other's address, as machines do that are started again without a pinned one. */
export const swapAddresses: Fault<z.infer<typeof parameters>> = {
  name: 'swap-addresses',
  summary: "gives two hosts each other's address",
  needs: ['addresses'],
  parameters,
  inject: async ({ cluster, hosts }) => {
    const [one, other] = hosts;
    if (one === undefined || other === undefined || hosts.length > 2) {
      throw usageError(
        'swap addresses',
        `it takes two hosts, and the scenario names ${hosts.length}`,
        'hosts: [etcd-1, etcd-2]',
      );
    }
    const network = requireNetwork(cluster);
    await network.swapAddresses(one, other);
    const answering = [await network.whoAnswersAt(one), await network.whoAnswersAt(other)];
    return {
      took: answering[0] === other && answering[1] === one ? 'effect' : 'no-effect',
      evidence: `at the address of ${one} answers ${answering[0] ?? 'nobody'}, at that of ${other} ${answering[1] ?? 'nobody'}`,
      heal: () => network.restoreAddresses(),
    };
  },
};
