import type { Check, DrillFacts } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { LeaderLease } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { lasted } from './wording.ts';

const LEASES = ['kube-controller-manager', 'kube-scheduler'];

/** A restored Lease names a holder that may have died before the backup: only a renewal is a sign of life. */
export const leaderLeases: Check = {
  name: 'leader-leases',
  title: 'The leader leases are held by processes that live, shown by a renewal',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'controllers'],
  explainedBy: ['no-leader', 'cluster-id-differs', 'writes-refused'],
  codes: [{ code: 'leader-lease-stale', heals: true }],
  examine({ now, facts }) {
    const leases = allOf(now, 'leader-lease');
    const blind = blindSpots(now, 'leader-lease', []);
    const unseen = LEASES.filter((name) => !leases.some((lease) => lease.name === name));
    if (blind.length === 0)
      blind.push(...unseen.map((name) => `the lease ${name} was not looked at`));
    if (leases.length === 0) return unknown(...blind);
    return examined(
      leases.filter((lease) => !lease.renewedWhileWatched).map((lease) => stale(lease, facts)),
      blind,
    );
  },
};

function stale(lease: LeaderLease, facts: DrillFacts): Finding {
  const ageMs = Math.max(0, lease.atMs - lease.renewedAtMs);
  const restored =
    facts.recoveryStartedAtMs !== null && lease.renewedAtMs < facts.recoveryStartedAtMs
      ? ' It came out of the snapshot.'
      : '';
  return finding({
    code: 'leader-lease-stale',
    severity: 'error',
    message:
      `Nobody renews the lease ${lease.name}: held by "${lease.holder}", last renewed` +
      ` ${lasted(ageMs)} ago.${restored} Until somebody leads, no controller acts.`,
    where: lease.source,
    objects: [
      {
        group: 'coordination.k8s.io',
        resource: 'leases',
        namespace: 'kube-system',
        name: lease.name,
      },
    ],
    cure:
      `A restored lease runs out ${lasted(lease.leaseDurationMs)} after ${lease.name} starts. If it` +
      ` stays: \`systemctl restart ${lease.name}\`, or` +
      ` \`kubectl -n kube-system delete lease ${lease.name}\` to be leader at once.`,
  });
}
