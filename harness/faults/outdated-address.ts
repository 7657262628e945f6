import { z } from 'zod';
import { describeEnding, lastLines } from '../exec/run.ts';
import { DrillError } from '../support/errors.ts';
import { stopService } from '../targets/services.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { runningHost, sentence } from './host-state.ts';

const parameters = z.strictObject({
  address: z
    .ipv4()
    .default('192.0.2.1')
    .describe('Where the cluster believes the members to be; nobody is there'),
});

/** Prints the peer URL that the member list then has. */
const UPDATE = `
row() { etcdctl member list | awk -F ', ' -v name="$MEMBER" '$3 == name'; }
etcdctl member update "$(row | cut -d, -f1)" --peer-urls="$OLD_URL" >/dev/null
row | awk -F ', ' '{ print $4 }'
`;

/**
 * As after a host has got another address: it is at the new one, stopped, and the cluster still
 * knows the old one.
 */
export const outdatedAddress: Fault<z.infer<typeof parameters>> = {
  name: 'outdated-address',
  summary: 'leaves members listed at an address that their host no longer has, stopped',
  needs: [],
  parameters,
  inject: async ({ cluster, hosts, parameters: { address } }) => {
    const asked = cluster.members.find(({ host }) => !hosts.includes(host));
    const believed: string[] = [];
    for (const name of hosts) {
      const member = cluster.members.find(({ host }) => host === name);
      if (asked === undefined || member === undefined) continue;
      await stopService(runningHost(cluster, name), 'etcd');
      const url = new URL(member.peerUrl);
      const finished = await runningHost(cluster, asked.host).shell(UPDATE, {
        timeoutMs: 20_000,
        env: {
          ...cluster.variablesOf(asked.host),
          ETCDCTL_ENDPOINTS: asked.clientUrl,
          MEMBER: member.name,
          OLD_URL: `${url.protocol}//${address}:${url.port}`,
        },
      });
      if (finished.exitCode !== 0)
        throw new DrillError({
          kind: 'drill',
          attempted: `list ${name} at another address`,
          happened: describeEnding(finished),
          output: lastLines(finished.stderr, 5),
        });
      believed.push(finished.stdout.trim());
    }
    const struck = believed.length > 0 && believed.every((url) => url.includes(address));
    return {
      took: struck ? 'effect' : 'no-effect',
      evidence: `${sentence(hosts, 'is', 'are')} listed at ${believed.join(', ') || 'no other address'}`,
      heal: nothingToHeal,
    };
  },
};
