import { describe, expect, it } from 'vitest';
import { reachApiServers } from '../../../harness/diagnose/api-servers.ts';
import { type SomeServer, serve, some } from './some-cluster.ts';

async function reached(server: SomeServer, only: string[] = []) {
  const { url, close } = await serve(server);
  const access = { server: url, identity: {}, only, signal: undefined };
  const found = await reachApiServers(access);
  found.close();
  close();
  const { host } = new URL(url);
  return { host, ...found };
}

function slice(address: string, port: number) {
  const labels = { 'kubernetes.io/service-name': 'kubernetes' };
  return some(
    'endpointSlices',
    'kubernetes',
    { labels },
    {
      addressType: 'IPv4',
      endpoints: [{ addresses: [address] }],
      ports: [{ port }],
    },
  );
}

describe('reachApiServers', () => {
  it('asks the server of the kubeconfig where the cluster names no others', async () => {
    const { host, servers, unknownServers } = await reached({ objects: [] });
    expect(servers).toMatchObject([{ host, down: null }]);
    expect(unknownServers).toEqual([]);
  });

  it('says which API servers it knows of and cannot reach', async () => {
    const { host, servers, unknownServers } = await reached({ objects: [slice('127.0.0.1', 1)] });
    expect(servers).toMatchObject([{ host, down: null }]);
    expect(unknownServers).toEqual([expect.stringContaining('127.0.0.1:1 was not asked')]);
  });

  it('says that there may be others where it may not ask for them', async () => {
    const { servers, unknownServers } = await reached({
      objects: [],
      forbidden: ['endpointslices'],
    });
    expect(servers).toHaveLength(1);
    expect(unknownServers).toEqual([expect.stringContaining('HTTP 403')]);
  });

  it('asks those that it is told to and no other', async () => {
    const { servers } = await reached({ objects: [] }, ['http://127.0.0.1:1']);
    expect(servers).toMatchObject([{ host: '127.0.0.1:1', up: null }]);
  });

  it('never asks for Secrets', async () => {
    const { servers } = await reached({ objects: [] });
    const resources = servers[0]?.up?.discovered.map(({ resource }) => resource);
    expect(resources).toContain('configmaps');
    expect(resources).not.toContain('secrets');
  });
});
