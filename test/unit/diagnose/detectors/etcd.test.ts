import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../../harness/diagnose/detector.ts';
import { alarms } from '../../../../harness/diagnose/detectors/alarms.ts';
import { listRevision } from '../../../../harness/diagnose/detectors/list-revision.ts';
import { memberData } from '../../../../harness/diagnose/detectors/member-data.ts';
import { members } from '../../../../harness/diagnose/detectors/members.ts';
import { revision } from '../../../../harness/diagnose/detectors/revision.ts';
import { baselineOf } from '../../../../harness/objects/baseline.ts';
import { ago, codesOf, opened, type SomeMember, some, someMembers } from '../some-cluster.ts';

const THREE: SomeMember[] = [
  { id: 'm1', name: 'etcd-1' },
  { id: 'm2', name: 'etcd-2' },
  { id: 'm3', name: 'etcd-3' },
];

async function detected(detector: Detector, list: readonly SomeMember[]) {
  await using cluster = await opened([{ objects: [some('namespaces', 'default')] }], {
    members: someMembers(list),
  });
  return await detector.detect(cluster.patient);
}

/** The same member on each host, restored without a name. */
const APART: SomeMember[] = THREE.map(({ id, name }) => ({
  id,
  name,
  leaderId: id,
  clusterId: `c-${id}`,
  list: [{ id, name }],
}));

describe('the detectors of etcd', () => {
  it.each([members, memberData, alarms, listRevision])(
    '$name is silent on one sound cluster',
    async (detector) => {
      expect(await detected(detector, THREE)).toEqual({
        verdict: 'pass',
        reason: null,
        findings: [],
      });
    },
  );

  it('members finds clusters of their own that each call themselves healthy', async () => {
    expect(codesOf(await detected(members, APART))).toEqual(['split-brain']);
  });

  it('members does not take a member that nobody named for a sound one', async () => {
    const { verdict, reason } = await detected(members, [
      { id: 'm1', name: 'etcd-1', list: THREE.map(({ id, name }) => ({ id, name })) },
    ]);
    expect(verdict).toBe('unknown');
    expect(reason).toContain('etcd-2');
  });

  it('members takes one that does not answer for unknown, because a firewall looks the same', async () => {
    await using cluster = await opened([{ objects: [] }], {
      members: [
        ...someMembers(THREE.slice(0, 1)),
        { host: '10.0.0.9:2379', url: 'http://10.0.0.9:2379', up: null, down: 'refused' },
      ],
    });
    const { verdict, reason, findings } = await members.detect(cluster.patient);
    expect(verdict).toBe('unknown');
    expect(reason).toContain('10.0.0.9:2379');
    expect(findings).toEqual([]);
  });

  it('member-data finds members that were restored from different snapshots', async () => {
    const [first, ...rest] = THREE;
    const found = await detected(memberData, [
      { id: 'm1', name: 'etcd-1', ...first, hash: 8 },
      ...rest,
    ]);
    expect(codesOf(found)).toEqual(['members-diverge']);
    expect(found.findings[0]?.message).toContain('8 on 10.0.0.1:2379');
  });

  it('alarms finds one that came along with the snapshot', async () => {
    const alarm = { memberId: 'dead', alarm: 'nospace' } as const;
    const raised = THREE.map((each) => ({ ...each, alarms: [alarm] }));
    expect(codesOf(await detected(alarms, raised))).toEqual(['alarm-foreign']);
  });

  it('list-revision finds a cache that is ahead of etcd', async () => {
    const behind = THREE.map((each) => ({ ...each, revision: 9 }));
    expect(codesOf(await detected(listRevision, behind))).toEqual(['stale-cache']);
  });
});

describe('revision', () => {
  async function against(seen: number) {
    const inventory = { revision: seen, entries: [], otherKeys: 0, plainKeys: [] };
    const from = { takenAt: ago(0), source: 'x.db', sourceSha256: null, etcdPrefix: '/registry' };
    await using cluster = await opened([{ objects: [some('namespaces', 'default')] }], {
      baseline: baselineOf(inventory, from),
    });
    return await revision.detect(cluster.patient);
  }

  it('finds a cluster that is behind its baseline', async () => {
    expect(codesOf(await against(11))).toEqual(['revision-rewound']);
  });

  it('is silent where etcd has gone on', async () => {
    expect(await against(10)).toMatchObject({ verdict: 'pass', findings: [] });
  });
});
