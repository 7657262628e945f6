import type { Check } from '../model/check.ts';
import { finding } from '../model/finding.ts';
import type { Observation, ObservationKind } from '../model/observation.ts';
import { isDistrust, lookAtCertificate, readLog } from './cures.ts';
import { examined } from './examination.ts';

/** What is asked of an API server; a lease or a custom resource may be asked of any one. */
const ASKED: readonly ObservationKind[] = ['api-list', 'api-get', 'fresh-object', 'pod-admission'];

export const apiServers: Check = {
  name: 'api-servers',
  title: 'Every API server answers',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: ['no-leader', 'cluster-id-differs'],
  codes: [{ code: 'api-server-unreachable', heals: true }],
  examine({ now, facts }) {
    const findings = [];
    const blind = [];
    for (const host of facts.apiServers) {
      if (now.some((seen) => seen.source === host && ASKED.includes(seen.kind))) continue;
      const reason = silence(now, host);
      if (reason === null) blind.push(`nobody asked the API server on ${host}`);
      else
        findings.push(
          finding({
            code: 'api-server-unreachable',
            severity: 'error',
            message: `The API server on ${host} does not answer: ${reason}.`,
            where: host,
            cure: isDistrust(reason)
              ? lookAtCertificate(host, 6443)
              : `See that etcd on ${host} serves, then \`systemctl restart kube-apiserver\`;` +
                ` ${readLog(host, 'kube-apiserver')}`,
          }),
        );
    }
    return examined(findings, blind);
  },
};

function silence(now: readonly Observation[], host: string): string | null {
  for (const seen of now)
    if (seen.kind === 'unavailable' && seen.source === host && ASKED.includes(seen.of))
      return seen.reason;
  return null;
}
