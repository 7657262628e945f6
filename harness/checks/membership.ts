import type { Check, DrillFacts } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { Member, MemberList } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots, memberHosts } from './observed.ts';
import { listed } from './wording.ts';

type Expected = DrillFacts['members'][number];

export const membership: Check = {
  name: 'membership',
  title: 'Each endpoint tells the same member list, and it is exactly the expected one',
  phases: ['baseline', 'verify'],
  needs: [],
  explainedBy: ['default-identity', 'split-brain', 'cluster-id-differs'],
  codes: [
    { code: 'member-list-differs', heals: true },
    { code: 'member-missing', heals: false },
    { code: 'member-unexpected', heals: false },
    { code: 'member-not-started', heals: true },
    { code: 'peer-url-wrong', heals: false },
    { code: 'learner-left', heals: false },
  ],
  examine({ now, facts }) {
    if (facts.members.length === 0) return unknown('the drill names no members to look for');
    const lists = allOf(now, 'member-list');
    const blind = blindSpots(now, 'member-list', memberHosts(facts));
    const first = lists[0];
    if (first === undefined) return unknown(...blind);
    const rows = rowsOfAll(lists);
    const findings = [
      ...differing(lists),
      ...missing(lists, facts),
      ...rows.flatMap((row) => judgeRow(row, facts)),
    ];
    return examined(findings, blind);
  },
};

/** Every row that some endpoint tells, once. */
function rowsOfAll(lists: readonly MemberList[]): Member[] {
  return [...new Map(lists.flatMap((list) => list.members.map((row) => [row.id, row]))).values()];
}

function rowText({ id, name, peerUrls, learner }: Member): string {
  const role = learner ? ' (learner)' : '';
  return `${name === '' ? '(not started)' : name} ${id} ${peerUrls.join(',')}${role}`;
}

function listText(list: MemberList): string {
  return list.members.map(rowText).sort().join('; ');
}

function differing(lists: readonly MemberList[]): Finding[] {
  const byText = Map.groupBy(lists, listText);
  if (byText.size < 2) return [];
  const parts = [...byText].map(
    ([text, same]) => `on ${listed(same.map((list) => list.source))} it is [${text}]`,
  );
  return [
    finding({
      code: 'member-list-differs',
      severity: 'error',
      message: `The member list is not the same everywhere: ${parts.join(', ')}.`,
      where: listed(lists.map((list) => list.source)),
      cure:
        'Take the list of the member that leads as the truth' +
        ' (`etcdctl endpoint status --cluster -w table`); remove each member with another list, add' +
        ' it again with `etcdctl member add`, and start it with an empty data directory.',
    }),
  ];
}

function isRowOf(row: Member, expected: Expected): boolean {
  return row.name === expected.name || (row.name === '' && row.peerUrls.includes(expected.peerUrl));
}

function missing(lists: readonly MemberList[], facts: DrillFacts): Finding[] {
  return facts.members
    .filter((expected) => !lists.some((list) => list.members.some((row) => isRowOf(row, expected))))
    .map((expected) =>
      finding({
        code: 'member-missing',
        severity: 'error',
        message:
          `${expected.name} is in no member list: the cluster has` +
          ` ${lists[0]?.members.length ?? 0} of ${facts.members.length} members and tolerates` +
          ' fewer failures than it should.',
        where: expected.host,
        cure:
          `\`etcdctl member add ${expected.name} --peer-urls=${expected.peerUrl}\`, then start etcd` +
          ` on ${expected.host} with an empty data directory and --initial-cluster-state existing.`,
      }),
    );
}

function judgeRow(row: Member, facts: DrillFacts): Finding[] {
  const expected = facts.members.find((member) => isRowOf(row, member));
  if (expected === undefined) return [unexpected(row)];
  const findings: Finding[] = [];
  if (row.name === '') findings.push(notStarted(row, expected));
  else if (!row.peerUrls.includes(expected.peerUrl)) findings.push(peerUrlWrong(row, expected));
  if (row.learner) findings.push(learnerLeft(row, expected));
  return findings;
}

function unexpected(row: Member): Finding {
  return finding({
    code: 'member-unexpected',
    severity: 'error',
    message:
      `The member list has ${rowText(row)}, which is none of the expected members:` +
      ' it counts for the quorum although nothing answers for it.',
    where: row.name === '' ? row.peerUrls.join(', ') : row.name,
    cure: `\`etcdctl member remove ${row.id}\`, once you are sure that nobody runs it.`,
  });
}

function notStarted(row: Member, expected: Expected): Finding {
  return finding({
    code: 'member-not-started',
    severity: 'error',
    message: `${expected.name} was added as member ${row.id} and has never started.`,
    where: expected.host,
    cure:
      `Start etcd on ${expected.host} with an empty data directory, the --initial-cluster that` +
      ' `member add` printed, and --initial-cluster-state existing.',
  });
}

function peerUrlWrong(row: Member, expected: Expected): Finding {
  return finding({
    code: 'peer-url-wrong',
    severity: 'error',
    message:
      `${row.name} is in the member list with peer URL ${row.peerUrls.join(', ')}` +
      ` instead of ${expected.peerUrl}: the others cannot reach it there.`,
    where: expected.host,
    cure: `\`etcdctl member update ${row.id} --peer-urls=${expected.peerUrl}\`.`,
  });
}

function learnerLeft(row: Member, expected: Expected): Finding {
  return finding({
    code: 'learner-left',
    severity: 'error',
    message: `${expected.name} is still a learner: it has no vote and does not count for the quorum.`,
    where: expected.host,
    cure: `\`etcdctl member promote ${row.id}\`, once it has caught up.`,
  });
}
