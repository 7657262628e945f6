import { expect, it } from 'vitest';
import { openDetours } from '../../../../../harness/targets/container/relay/detours.ts';
import { describeCluster } from '../../../../../harness/targets/describe-cluster.ts';
import { type ClusterLayout, STANDARD_PORTS } from '../../../../../harness/targets/host-files.ts';

const LAYOUT = {
  hosts: ['etcd-1', 'etcd-2'].map((name, index) => ({
    name,
    controlPlane: index === 0,
    address: `10.78.4.${11 + index}`,
    root: '',
    ports: STANDARD_PORTS,
  })),
  workers: [],
  tls: true,
  dns: true,
  dataDir: '/var/lib/etcd',
} as unknown as ClusterLayout;

/** One port after another, in the order in which they are asked for. */
function relay() {
  let port = 40_000;
  return {
    urlOf: async (url: string) => `${new URL(url).protocol}//127.0.0.1:${++port} for ${url}`,
    dnsOf: async () => ({ address: '127.0.0.1', port: ++port }),
  };
}

function described(detours?: Awaited<ReturnType<typeof openDetours>>) {
  return describeCluster({
    target: 'container',
    layout: LAYOUT,
    hosts: new Map(),
    credentials: {} as never,
    backupDir: { outside: '/out', inside: '/backup' },
    network: undefined,
    ...(detours && { detours }),
  });
}

it('hosts keep their own addresses, and each is dialled where the relay answers for it', async () => {
  const { members, apiServers, dnsServers } = described(await openDetours(relay(), LAYOUT));
  expect(members.map(({ clientUrl, peerUrl }) => [clientUrl, peerUrl])).toEqual([
    ['https://10.78.4.11:2379', 'https://10.78.4.11:2380'],
    ['https://10.78.4.12:2379', 'https://10.78.4.12:2380'],
  ]);
  for (const { clientUrl, peerUrl, dialled } of members) {
    expect(dialled?.clientUrl).toMatch(new RegExp(`^https://127.0.0.1:\\d+ for ${clientUrl}$`));
    expect(dialled?.peerUrl).toMatch(new RegExp(`^https://127.0.0.1:\\d+ for ${peerUrl}$`));
  }
  expect(apiServers).toEqual([
    {
      host: 'etcd-1',
      url: 'https://10.78.4.11:6443',
      dialUrl: expect.stringMatching(
        /^https:\/\/127\.0\.0\.1:\d+ for https:\/\/10\.78\.4\.11:6443$/,
      ),
    },
  ]);
  expect(dnsServers).toEqual([{ host: 'etcd-1', address: '127.0.0.1', port: 40_006 }]);
});

it('nothing is dialled by another way where the addresses can be reached', () => {
  const { members, apiServers, dnsServers } = described();
  expect(members.map(({ dialled }) => dialled)).toEqual([undefined, undefined]);
  expect(apiServers).toEqual([{ host: 'etcd-1', url: 'https://10.78.4.11:6443' }]);
  expect(dnsServers).toEqual([{ host: 'etcd-1', address: '10.78.4.11', port: 53 }]);
});
