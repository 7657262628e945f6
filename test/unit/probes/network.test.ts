import { expect, it } from 'vitest';
import { viewFrom } from '../../../harness/probes/address-view.ts';
import { callsTo } from '../../../harness/probes/peer-links.ts';

const OWN = JSON.stringify([
  {
    ifname: 'eth0',
    address: '02:00:0a:4d:00:0b',
    addr_info: [
      { family: 'inet', local: '10.77.0.11', prefixlen: 24 },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
    ],
  },
]);

it('a host sees its own address and the hardware behind those that it was asked about', () => {
  const neighbours = JSON.stringify([
    { dst: '10.77.0.12', lladdr: '02:00:0a:4d:00:0c', state: ['REACHABLE'] },
    { dst: '10.77.0.13', state: ['FAILED'] },
    { dst: '10.77.0.1', lladdr: '02:00:0a:4d:00:01', state: ['STALE'] },
  ]);
  expect(viewFrom(`${OWN}\n${neighbours}\n`, ['10.77.0.12', '10.77.0.13'])).toEqual({
    hardware: '02:00:0a:4d:00:0b',
    addresses: ['10.77.0.11'],
    neighbours: [{ address: '10.77.0.12', hardware: '02:00:0a:4d:00:0c' }],
  });
});

it('a host may know no neighbour, and have lost its address', () => {
  const bare = JSON.stringify([{ address: '02:00:0a:4d:00:0b', addr_info: [] }]);
  expect(viewFrom(`${bare}\n[]\n`, ['10.77.0.12'])).toMatchObject({
    addresses: [],
    neighbours: [],
  });
});

it('output that is not of ip is an error, not an empty view', () => {
  expect(() => viewFrom('Device "eth0" does not exist.\n', [])).toThrow();
  expect(() => viewFrom('[]\n[]\n', [])).toThrow();
});

it('calls are counted by place, with the quickest of them', () => {
  const output = '10.77.0.12/2380 240\n10.77.0.13/2380 refused\n10.77.0.12/2380 180\nrepeated 3\n';
  const all = { made: 20, refused: 0, repeated: 3 };
  expect(callsTo('10.77.0.12/2380', output)).toEqual({ ...all, answered: 2, fastestMs: 0.18 });
  expect(callsTo('10.77.0.13/2380', output)).toEqual({
    ...all,
    answered: 0,
    refused: 1,
    fastestMs: null,
  });
  expect(callsTo('10.77.0.14/2380', output)).toEqual({ ...all, answered: 0, fastestMs: null });
});

it('calls that came to nothing on a busy machine tell nothing about the network', () => {
  expect(callsTo('10.77.0.12/2380', 'repeated 0\n')).toBeNull();
  expect(callsTo('10.77.0.12/2380', '')).toBeNull();
});
