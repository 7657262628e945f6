import { restoreAllMembers } from '../../checks/cures.ts';
import { allOf, blindSpots } from '../../checks/observed.ts';
import { listed } from '../../checks/wording.ts';
import { finding } from '../../model/finding.ts';
import { type Detector, diagnosed } from '../detector.ts';

/** Members that were restored from different snapshots follow one leader and raise no alarm. */
export const memberData: Detector = {
  name: 'member-data',
  title: 'All etcd members have the same hash at the same revision',
  stage: 'etcd',
  needs: 'etcd',
  async detect(patient) {
    const now = await patient.observe(['revision-hash']);
    const facts = await patient.facts();
    const blind = blindSpots(now, 'revision-hash', []);
    const comparable = Map.groupBy(
      allOf(now, 'revision-hash'),
      ({ atRevision, compactRevision }) => `${atRevision} ${compactRevision}`,
    );
    if (comparable.size > 1)
      blind.push('the members compacted in between, so hashes do not compare');
    const findings = [...comparable.values()].flatMap((seen) => {
      const byHash = Map.groupBy(seen, ({ hash }) => hash);
      if (byHash.size < 2) return [];
      const parts = [...byHash].map(
        ([hash, same]) => `${hash} on ${listed(same.map(({ source }) => source))}`,
      );
      return finding({
        code: 'members-diverge',
        severity: 'error',
        message:
          `The etcd members hold different data: at revision ${seen[0]?.atRevision} their hashes are` +
          ` ${listed(parts)}. Which truth a client gets depends on the member that it asks.`,
        where: listed(seen.map(({ source }) => source)),
        cure: restoreAllMembers(facts, facts.members[0]?.host ?? 'each member'),
      });
    });
    return diagnosed(findings, blind);
  },
};
