import { describe, expect, it } from 'vitest';
import { askDns, type DnsServer } from '../../../harness/dns/ask.ts';
import { closeServers, NXDOMAIN, overTcp, overUdp, SERVFAIL, type Zone } from './zone-server.ts';

const ZONE: Zone = (name) => {
  if (name === 'silent') return undefined;
  if (name === 'broken') return { rcode: SERVFAIL };
  if (name === 'empty') return {};
  if (name === 'web') {
    return {
      answers: ['10.96.3.5', '10.96.3.4'].map((data) => ({ type: 'A', name, data, ttl: 5 })),
    };
  }
  if (name === 'warehouse') {
    return {
      answers: [
        { type: 'CNAME', name, data: 'web', ttl: 5 },
        { type: 'A', name: 'web', data: '10.96.3.4', ttl: 5 },
      ],
    };
  }
  if (name === '_http._tcp.web') {
    return { answers: [{ type: 'SRV', name, data: { port: 80, target: 'web' }, ttl: 5 }] };
  }
  return { rcode: NXDOMAIN };
};

describe.each([
  ['udp', overUdp],
  ['tcp', overTcp],
] as const)('a question over %s', (transport, serve) => {
  it('is answered with addresses in order, or with ports and targets', async () => {
    const server = await serve(ZONE);
    const ask = (name: string, type: 'A' | 'SRV') =>
      askDns(server, { name, type }, transport, 5000);
    expect(await ask('web', 'A')).toEqual(['10.96.3.4', '10.96.3.5']);
    expect(await ask('_http._tcp.web', 'SRV')).toEqual(['80 web']);
  });

  it('is answered with the name that it stands for, too', async () => {
    const server = await serve(ZONE);
    const answer = await askDns(server, { name: 'warehouse', type: 'A' }, transport, 5000);
    expect(answer).toEqual(['10.96.3.4', 'web']);
  });

  it('tells a name that is not there from one without an address', async () => {
    const server = await serve(ZONE);
    expect(await askDns(server, { name: 'nobody', type: 'A' }, transport, 5000)).toBeNull();
    expect(await askDns(server, { name: 'empty', type: 'A' }, transport, 5000)).toEqual([]);
  });

  it('fails when the server says that it fails, is silent, or is not there', async () => {
    const server = await serve(ZONE);
    const problem = (at: DnsServer, name: string, timeoutMs: number) =>
      askDns(at, { name, type: 'A' }, transport, timeoutMs).catch((error: Error) => error.message);
    expect(await problem(server, 'broken', 5000)).toBe('it answers SERVFAIL');
    expect(await problem(server, 'silent', 200)).toBe(`no answer over ${transport.toUpperCase()}`);
    const gone = await serve(ZONE);
    closeServers();
    expect(await problem(gone, 'web', 5000)).toContain('ECONNREFUSED');
  });
});
