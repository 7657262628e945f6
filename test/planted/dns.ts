import type { CheckView } from '../../harness/model/check.ts';
import type { AskedName } from '../../harness/model/observation.ts';
import { alterOn, type Defect, defectsOf } from './defect.ts';

/** CoreDNS on etcd-2 answers some names otherwise. */
function answering(twin: CheckView, service: string, change: Partial<AskedName>): CheckView {
  return alterOn(twin, 'dns-names', 'etcd-2', (seen) => ({
    ...seen,
    asked: seen.asked.map((each) =>
      each.service.name === service && each.type === 'A' ? { ...each, ...change } : each,
    ),
  }));
}

export const dnsDefects: Defect[] = defectsOf('dns-names', [
  [
    'dns-unanswered',
    'CoreDNS on etcd-1 has ended',
    (twin) =>
      alterOn(twin, 'dns-names', 'etcd-1', (seen) => ({
        ...seen,
        silent: { udp: 'connect ECONNREFUSED', tcp: 'connect ECONNREFUSED' },
        asked: [],
      })),
  ],
  [
    'dns-unanswered',
    'a firewall lets no TCP through to CoreDNS on etcd-3',
    (twin) =>
      alterOn(twin, 'dns-names', 'etcd-3', (seen) => ({
        ...seen,
        silent: { udp: null, tcp: 'no answer over TCP' },
      })),
  ],
  [
    'dns-unanswered',
    'CoreDNS on etcd-2 has no list of Services yet',
    (twin) => answering(twin, 'web', { answered: null, error: 'it answers SERVFAIL' }),
  ],
  [
    'dns-ghost-name',
    'CoreDNS on etcd-2 was told nothing of the restore',
    (twin) => answering(twin, 'late', { answered: ['10.96.7.7'] }),
  ],
  [
    'dns-name-missing',
    'CoreDNS on etcd-2 does not know that a Service is back',
    (twin) => answering(twin, 'web', { answered: null }),
  ],
  [
    'dns-wrong-address',
    'CoreDNS on etcd-2 has the address of an earlier Service of that name',
    (twin) => answering(twin, 'web', { answered: ['10.96.9.9'] }),
  ],
]);
