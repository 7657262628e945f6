import { CLOCK_BUMP } from '../../checks/cures.ts';
import { allOf } from '../../checks/observed.ts';
import { listed } from '../../checks/wording.ts';
import { type Finding, finding } from '../../model/finding.ts';
import type { Observation } from '../../model/observation.ts';
import { type Detector, diagnosed } from '../detector.ts';

/**
 * Revisions only grow. One below what the baseline saw means that clients which lived through the
 * restore wait at a revision of the future, and hear nothing.
 * Source: https://etcd.io/docs/v3.6/op-guide/recovery/ (restoring with revision bump).
 */
export const revision: Detector = {
  name: 'revision',
  title: 'etcd is not behind the revision of the baseline',
  stage: 'etcd',
  needs: 'baseline',
  async detect(patient) {
    const { baseline, members } = patient.parts;
    const before = baseline?.inventory.revision ?? 0;
    const now = await patient.observe(
      members.length > 0 ? ['api-list', 'member-status'] : ['api-list'],
    );
    const seen = [...ofMembers(now), ...ofLists(now)];
    if (seen.length === 0) return diagnosed([], ['nobody told a revision', ...patient.unserved]);
    const behind = seen.filter((each) => each.revision < before);
    return diagnosed(behind.length === 0 ? [] : [rewound(behind, before, baseline?.takenAt ?? '')]);
  },
};

interface Seen {
  source: string;
  revision: number;
}

function ofMembers(now: readonly Observation[]): Seen[] {
  return allOf(now, 'member-status').map(({ source, revision }) => ({ source, revision }));
}

/** Its newest list, from whichever resource: some may be served by another store. */
function ofLists(now: readonly Observation[]): Seen[] {
  const answered = allOf(now, 'api-list').filter(({ error }) => error === null);
  return [...Map.groupBy(answered, ({ source }) => source)].map(([source, lists]) => ({
    source,
    revision: Math.max(...lists.map(({ resourceVersion }) => resourceVersion)),
  }));
}

function rewound(behind: readonly Seen[], before: number, takenAt: string): Finding {
  const lowest = Math.min(...behind.map(({ revision }) => revision));
  const where = listed([...new Set(behind.map(({ source }) => source))]);
  return finding({
    code: 'revision-rewound',
    severity: 'error',
    message:
      `${where} is at revision ${lowest}, but the baseline of ${takenAt} saw ${before}: until etcd` +
      ' passes that, watches of clients that lived through the restore are silent, and what changes' +
      ' in between never reaches them.',
    where,
    cure:
      'Restart every kube-apiserver, then kube-controller-manager, kube-scheduler, CoreDNS, kube-proxy,' +
      ' ingress controllers and kubelets. Where nobody has written yet, rather restore again with' +
      ` \`${CLOCK_BUMP}\`.`,
  });
}
