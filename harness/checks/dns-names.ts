import type { Check } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { AskedName, DnsNames } from '../model/observation.ts';
import { readLog } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed, listedFirst } from './wording.ts';

/**
 * CoreDNS answers from its own watches. Those that were resumed in the future of a restored etcd are told
 * nothing, and it goes on answering names of a world that is gone, healthy in everything else.
 */
export const dnsNames: Check = {
  name: 'dns-names',
  title: 'Each CoreDNS answers the names of the Services that etcd holds, and no others',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'dns'],
  // Who watches through an API server with a stale cache is wrong with it: that one comes first.
  explainedBy: ['stale-cache', 'ghost-object', 'object-hidden'],
  codes: [
    { code: 'dns-unanswered', heals: true },
    { code: 'dns-ghost-name', heals: true },
    { code: 'dns-name-missing', heals: true },
    { code: 'dns-wrong-address', heals: true },
  ],
  examine({ now, facts }) {
    const servers = allOf(now, 'dns-names');
    const blind = blindSpots(now, 'dns-names', facts.dnsServers ?? []);
    if (servers.length === 0) return unknown(...blind);
    const findings = [
      ...unanswered(servers),
      ...wrong(servers, GHOST),
      ...wrong(servers, MISSING),
      ...wrong(servers, OTHER_ADDRESS),
    ];
    return examined(findings, blind);
  },
};

function unanswered(servers: readonly DnsNames[]): Finding[] {
  return servers.flatMap(({ source, silent, asked }) => {
    const reasons = (['udp', 'tcp'] as const).flatMap((transport) =>
      silent[transport] === null ? [] : [`${transport.toUpperCase()}: ${silent[transport]}`],
    );
    const [failed] = asked.filter(({ error }) => error !== null);
    if (failed !== undefined) reasons.push(`${failed.name}: ${failed.error}`);
    if (reasons.length === 0) return [];
    return [
      finding({
        code: 'dns-unanswered',
        severity: 'error',
        message: `CoreDNS on ${source} does not answer (${reasons.join('; ')}).`,
        where: source,
        cure: `${restartCoreDns(source)}; ${readLog(source, 'coredns')}`,
      }),
    ];
  });
}

interface Kind {
  code: string;
  applies(asked: AskedName): boolean;
  message(names: string, count: number, hosts: string): string;
}

const GHOST: Kind = {
  code: 'dns-ghost-name',
  applies: ({ expected, answered }) => expected === null && answered !== null,
  message: (names, count, hosts) =>
    `CoreDNS on ${hosts} answers ${counted(count, 'name')} of Services that etcd does not hold: ${names}.` +
    ' Its watches lived through the restore and were never told.',
};

const MISSING: Kind = {
  code: 'dns-name-missing',
  applies: ({ expected, answered }) => expected !== null && answered === null,
  message: (names, count, hosts) =>
    `CoreDNS on ${hosts} says that ${counted(count, 'name')} of Services in etcd ${count === 1 ? 'does' : 'do'} not exist: ${names}.`,
};

const OTHER_ADDRESS: Kind = {
  code: 'dns-wrong-address',
  applies: ({ expected, answered }) =>
    expected !== null && answered !== null && expected.join() !== answered.join(),
  message: (names, count, hosts) =>
    `CoreDNS on ${hosts} answers ${counted(count, 'name')} with other addresses than the Services have: ${names}.`,
};

/** One finding for all hosts that are wrong about the same names. */
function wrong(servers: readonly DnsNames[], kind: Kind): Finding[] {
  const found = servers.flatMap(({ source, asked }) => {
    const names = asked.filter((each) => each.error === null && kind.applies(each));
    return names.length === 0 ? [] : [{ source, names }];
  });
  const alike = Map.groupBy(found, ({ names }) => namesOf(names).join());
  return [...alike.values()].map((same) => {
    const asked = same[0]?.names ?? [];
    const hosts = listed(same.map(({ source }) => source));
    const names = namesOf(asked);
    return finding({
      code: kind.code,
      severity: 'error',
      message: kind.message(listedFirst(names), names.length, hosts),
      where: hosts,
      objects: servicesOf(asked),
      cure: `${restartCoreDns(hosts)}, after the API servers, not before them.`,
    });
  });
}

function restartCoreDns(hosts: string): string {
  return (
    `Restart CoreDNS on ${hosts} (\`systemctl restart coredns\`; in a cluster \`kubectl --namespace` +
    ' kube-system rollout restart deployment coredns`)'
  );
}

function namesOf(asked: readonly AskedName[]): string[] {
  return [...new Set(asked.map(({ name }) => name))].sort();
}

function servicesOf(asked: readonly AskedName[]): ObjectRef[] {
  return [
    ...new Map(
      asked.map(({ service }) => [`${service.namespace}/${service.name}`, service]),
    ).values(),
  ];
}
