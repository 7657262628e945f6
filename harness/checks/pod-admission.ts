import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { PodAdmission } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { lasted, listed } from './wording.ts';

/** The API server's own words: `failed calling webhook "mpod.kb.io": …`. */
const FAILED_WEBHOOK = /failed calling webhook "([^"]+)"/;

/** A restored webhook whose operator is gone stops every pod while all that runs looks healthy. */
export const podAdmission: Check = {
  name: 'pod-admission',
  title: 'Each API server would admit a pod (server-side dry run)',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: ['no-leader', 'cluster-id-differs'],
  codes: [{ code: 'pod-admission-refused', heals: true }],
  examine({ now, facts }) {
    const tried = allOf(now, 'pod-admission');
    const blind = blindSpots(now, 'pod-admission', facts.apiServers);
    if (tried.length === 0) return unknown(...blind);
    return examined(refused(tried), blind);
  },
};

function refused(tried: readonly PodAdmission[]): Finding[] {
  const failed = tried.filter((seen) => seen.error !== null);
  return [...Map.groupBy(failed, (seen) => seen.error ?? '')].map(([error, same]) => {
    const hosts = listed([...new Set(same.map((seen) => seen.source))]);
    const namespaces = listed([...new Set(same.map((seen) => seen.namespace))]);
    const tookMs = Math.max(...same.map((seen) => seen.tookMs));
    const webhook = FAILED_WEBHOOK.exec(error)?.[1];
    return finding({
      code: 'pod-admission-refused',
      severity: 'error',
      message:
        `No pod can be created in ${namespaces} through the API server on ${hosts}` +
        ` (refused after ${lasted(tookMs)}): ${error}.`,
      where: hosts,
      cure: webhook === undefined ? REFUSED_CURE : webhookCure(webhook),
    });
  });
}

const REFUSED_CURE =
  'Try it by hand: `kubectl run probe --image=none --restart=Never --dry-run=server` names what refuses.';

function webhookCure(webhook: string): string {
  return (
    `Find the configuration that has the webhook ${webhook}: \`kubectl get` +
    ' mutatingwebhookconfigurations,validatingwebhookconfigurations -o yaml | grep -B30 ' +
    `${webhook}\`; delete it, or set its failurePolicy to Ignore, until its operator runs again.` +
    ' The very next pod is admitted; a ReplicaSet that failed for long retries only after minutes.'
  );
}
