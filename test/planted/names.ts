import type { ObjectRef } from '../../harness/model/finding.ts';
import type { AskedName, DnsNames } from '../../harness/model/observation.ts';

export const LATE: ObjectRef = {
  group: '',
  resource: 'services',
  namespace: 'shop',
  name: 'late',
};

/** A CoreDNS that answers `web` and knows nothing of `late`, which the restore took back. */
export function rightNames(host: string, atMs: number): DnsNames {
  const web = { ...LATE, name: 'web' };
  const name = 'web.shop.svc.cluster.local';
  const addresses = { expected: ['10.96.3.4'], answered: ['10.96.3.4'] };
  const port = { expected: [`80 ${name}`], answered: [`80 ${name}`] };
  const asked: AskedName[] = [
    { service: web, name, type: 'A', transport: 'udp', ...addresses, error: null },
    { service: web, name, type: 'A', transport: 'tcp', ...addresses, error: null },
    {
      service: web,
      name: `_http._tcp.${name}`,
      type: 'SRV',
      transport: 'udp',
      ...port,
      error: null,
    },
    {
      service: LATE,
      name: 'late.shop.svc.cluster.local',
      type: 'A',
      transport: 'udp',
      expected: null,
      answered: null,
      error: null,
    },
  ];
  return { kind: 'dns-names', source: host, atMs, silent: { udp: null, tcp: null }, asked };
}
