import { describe, expect, test } from 'vitest';
import { alarms } from '../../../harness/checks/alarms.ts';
import { apiServers } from '../../../harness/checks/api-servers.ts';
import { divergingObjects } from '../../../harness/checks/diverging-objects.ts';
import { identity } from '../../../harness/checks/identity.ts';
import { listRevision } from '../../../harness/checks/list-revision.ts';
import { membership } from '../../../harness/checks/membership.ts';
import { replication } from '../../../harness/checks/replication.ts';
import { revision } from '../../../harness/checks/revision.ts';
import type { CheckView } from '../../../harness/model/check.ts';
import type { EtcdObjects, ObservedObject } from '../../../harness/model/observation.ts';
import { alter, alterOn, silence, withFacts } from '../../planted/defect.ts';
import { healthy, memberId, observed, peerUrl, ref } from '../../planted/healthy.ts';
import { restoredAlone, restoredApart, restoredWithoutNames } from '../../planted/members.ts';
import { restoredWithoutBump } from '../../planted/store.ts';

function behind(view: CheckView, host: string, revisions: number): CheckView {
  return alterOn(view, 'member-status', host, (status) => ({
    ...status,
    revision: status.revision - revisions,
  }));
}

describe('identity', () => {
  test('equal cluster IDs do not hide that three clusters serve', () => {
    const { findings } = identity.examine(restoredWithoutNames(healthy()));
    const splitBrain = findings.find(({ code }) => code === 'split-brain');
    expect(splitBrain?.message).toContain('cluster IDs are equal (cdf818194e3a8c32)');
  });

  test('a member whose certificate is not believed is not to be started', () => {
    const cures = ['certificate has expired', 'connection refused'].map(
      (reason) =>
        identity.examine(silence(healthy(), 'member-status', 'etcd-1', reason)).findings[0]?.cure,
    );
    expect(cures[0]).toContain('openssl s_client -connect etcd-1:2379');
    expect(cures[1]).toContain('systemctl start etcd');
    const unheard = (['api-list', 'api-get', 'fresh-object', 'pod-admission'] as const).reduce(
      (view, kind) => silence(view, kind, 'etcd-1', 'certificate has expired'),
      healthy(),
    );
    expect(apiServers.examine(unheard).findings[0]?.cure).toContain('-connect etcd-1:6443');
  });

  test('three clusters of their own IDs are one finding', () => {
    const { findings } = identity.examine(restoredApart(healthy()));
    expect(findings.map(({ code }) => code)).toEqual(['split-brain']);
  });

  test('the restore that reached one member says which went on', () => {
    const { findings } = identity.examine(restoredAlone(healthy()));
    expect(findings[0]?.message).toContain('etcd-2 and etcd-3 in f00dcafe00000001 (with a leader)');
    expect(findings[0]?.message).toContain('etcd-1 in beef (without a leader)');
  });

  test('the cure is the command with the names and addresses of this cluster', () => {
    const { findings } = identity.examine(restoredApart(healthy()));
    expect(findings[0]?.cure).toContain(`--initial-advertise-peer-urls ${peerUrl('etcd-1')}`);
    expect(findings[0]?.cure).toContain(`etcd-3=${peerUrl('etcd-3')}`);
    expect(findings[0]?.cure).toContain('--bump-revision "$(date +%s)000" --mark-compacted');
  });

  test('a single member with the default identity is told to take its address', () => {
    const single = restoredWithoutNames(healthy());
    const one = withFacts(
      { ...single, now: single.now.filter((seen) => seen.source === 'etcd-1') },
      { members: single.facts.members.slice(0, 1) },
    );
    const { findings } = identity.examine(one);
    expect(findings.map(({ code }) => code)).toEqual(['default-identity']);
    expect(findings[0]?.cure).toContain('member update 8e9e05c52164694d');
  });

  test('an old leader that still counts itself in is no split brain', () => {
    const view = alterOn(healthy(), 'member-status', 'etcd-1', (status) => ({
      ...status,
      leaderId: memberId('etcd-1'),
    }));
    const { findings } = identity.examine(view);
    expect(findings.map(({ code }) => code)).toEqual(['leader-differs']);
  });
});

describe('membership', () => {
  test('an error stands although a list could not be had', () => {
    const learner = alterOn(healthy(), 'member-list', 'etcd-1', (list) => ({
      ...list,
      members: list.members.slice(0, 2),
    }));
    const view = alterOn(learner, 'member-list', 'etcd-3', (list) => ({
      kind: 'unavailable',
      source: list.source,
      atMs: 0,
      of: 'member-list',
      reason: 'timed out',
    }));
    expect(membership.examine(view)).toMatchObject({ verdict: 'fail', reason: null });
  });
});

describe('alarms', () => {
  test('an alarm that every member tells is reported once', () => {
    const view = alter(healthy(), 'alarms', (seen) => ({
      ...seen,
      alarms: [{ memberId: memberId('etcd-1'), alarm: 'nospace' as const }],
    }));
    expect(alarms.examine(view).findings).toHaveLength(1);
  });
});

describe('replication', () => {
  test('a few revisions of difference are the time between two looks', () => {
    expect(replication.examine(behind(healthy(), 'etcd-3', 20)).verdict).toBe('pass');
  });

  test('hashes after different compactions cannot be compared', () => {
    const view = alterOn(healthy(), 'revision-hash', 'etcd-2', (seen) => ({
      ...seen,
      hash: 5,
      compactRevision: 0,
    }));
    expect(replication.examine(view)).toMatchObject({ verdict: 'unknown' });
  });

  test('hashes of two that can be compared tell, whatever the third was asked', () => {
    const later = alterOn(healthy(), 'revision-hash', 'etcd-1', (seen) => ({
      ...seen,
      compactRevision: 0,
    }));
    const view = alterOn(later, 'revision-hash', 'etcd-3', (seen) => ({ ...seen, hash: 5 }));
    expect(replication.examine(view).findings).toMatchObject([{ code: 'members-diverge' }]);
  });

  test('a canary that could not be read from a member is unknown', () => {
    const view = alter(healthy(), 'write-canary', (canary) => ({
      ...canary,
      reads: canary.reads.slice(0, 2),
    }));
    expect(replication.examine(view)).toMatchObject({
      verdict: 'unknown',
      reason: 'the canary was not read from etcd-3',
    });
  });
});

describe('revision', () => {
  test('says by how much the bump was too small', () => {
    const { findings } = revision.examine(restoredWithoutBump(healthy()));
    expect(findings[0]?.message).toContain(
      'came back at revision 660, but its clients have seen 700',
    );
    expect(findings[0]?.cure).toContain('more than 40');
  });

  test('the revision that clients have seen is not enough, the next one is', () => {
    const at = (revisionNow: number) =>
      revision.examine(
        alter(healthy(), 'member-status', (status) => ({ ...status, revision: revisionNow })),
      ).verdict;
    expect(at(700)).toBe('fail');
    expect(at(701)).toBe('pass');
  });

  test('what is not compacted up to what clients have seen tells a rewind that is passed', () => {
    const compactedTo = (compactRevision: number) =>
      revision.examine(alter(healthy(), 'revision-hash', (seen) => ({ ...seen, compactRevision })));
    expect(compactedTo(700).verdict).toBe('pass');
    const { findings } = compactedTo(-1);
    expect(findings).toMatchObject([{ code: 'revision-rewound' }]);
    expect(findings[0]?.message).toContain('only what is up to 0');
  });

  test('a second round that restores nothing is not held against what the first has compacted', () => {
    const view = withFacts(healthy(), { highestRevisionSeen: 1_795_175_940_640 });
    expect(revision.examine(view).verdict).toBe('pass');
  });

  test('a recovery that keeps the data cannot rewind', () => {
    const kept = restoredWithoutBump(healthy({ restores: false }));
    expect(revision.examine(kept).verdict).toBe('skipped');
  });
});

describe('list-revision', () => {
  const ahead = (lead: number, laterMs: number): CheckView =>
    alterOn(healthy(), 'api-list', 'etcd-1', (list) => ({
      ...list,
      atMs: list.atMs + laterMs,
      resourceVersion: list.resourceVersion + lead,
    }));

  test('a list that was had before etcd was asked may not be ahead of it at all', () => {
    expect(listRevision.examine(ahead(1, 0)).findings).toMatchObject([
      { code: 'stale-cache', where: 'etcd-1' },
    ]);
  });

  test('a list had after etcd was asked may be ahead by what was written since: unknown', () => {
    expect(listRevision.examine(ahead(20, 1_200)).verdict).toBe('unknown');
  });

  test('no writer is so quick as to explain thousands of revisions', () => {
    expect(listRevision.examine(ahead(5_000, 1_200)).verdict).toBe('fail');
  });

  test('a list behind etcd is only late', () => {
    expect(listRevision.examine(ahead(-40, 0)).verdict).toBe('pass');
  });
});

describe('objects that members read at different times contradict', () => {
  const at = (revision: number, objects: ObservedObject[]): EtcdObjects => ({
    kind: 'etcd-objects',
    source: `member at ${revision}`,
    atMs: 0,
    revision,
    objects,
    otherKeys: 0,
  });
  const prices = ref('', 'configmaps', 'shop', 'prices');

  test('what was written, changed or deleted between two readings is no contradiction', () => {
    const gone = ref('', 'configmaps', 'shop', 'gone');
    const made = ref('', 'configmaps', 'shop', 'made');
    const earlier = at(100, [observed(prices, 50), observed(gone, 60)]);
    const later = at(110, [{ ...observed(prices, 105), contentHash: 'x' }, observed(made, 104)]);
    expect(divergingObjects([later, earlier])).toEqual([]);
  });

  test('what the later one has from before the earlier one must be in that', () => {
    expect(divergingObjects([at(100, []), at(110, [observed(prices, 50)])])).toEqual([prices]);
  });

  test('another value at the same revision is one', () => {
    const other = { ...observed(prices, 50), contentHash: 'x' };
    expect(divergingObjects([at(100, [observed(prices, 50)]), at(110, [other])])).toEqual([prices]);
  });

  test('a member alone cannot contradict itself', () => {
    expect(divergingObjects([])).toEqual([]);
    expect(divergingObjects([at(100, [observed(prices, 50)])])).toEqual([]);
  });
});
