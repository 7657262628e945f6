import type { Check, CheckView, DrillFacts } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { MemberList, MemberStatus } from '../model/observation.ts';
import { isDistrust, lookAtCertificate, readLog, restoreAllMembers } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { causeOfDeath, type Death } from './last-words.ts';
import { allOf, blindSpots, bySource, memberHosts } from './observed.ts';
import { listed } from './wording.ts';

/** What `snapshot restore` without --name and --initial-cluster makes of every host. */
const DEFAULT_MEMBER_ID = '8e9e05c52164694d';
const DEFAULT_CLUSTER_ID = 'cdf818194e3a8c32';
const DEFAULT_PEER_URL = 'http://localhost:2380';

const NO_LEADER = '0';

/** One expected member with what it says about itself. */
interface Answer {
  host: string;
  name: string;
  status: MemberStatus;
  list: MemberList | undefined;
}

/**
 * Three hosts that were restored without their names have equal cluster and member IDs, are
 * healthy and serve, and are three clusters: so IDs must differ, and the leader be one for all.
 */
export const identity: Check = {
  name: 'identity',
  title: 'Every member answers, is a member of its own, and follows the one leader of one cluster',
  phases: ['baseline', 'impact', 'verify'],
  needs: [],
  explainedBy: [],
  codes: [
    { code: 'member-unreachable', heals: true },
    { code: 'member-will-not-start', heals: false },
    { code: 'default-identity', heals: false },
    { code: 'member-id-duplicate', heals: false },
    { code: 'split-brain', heals: false },
    { code: 'cluster-id-differs', heals: false },
    { code: 'no-leader', heals: true },
    { code: 'leader-differs', heals: true },
  ],
  examine(view) {
    if (view.facts.members.length === 0) return unknown('the drill names no members to look for');
    const answers = answersOf(view);
    const findings = [
      ...unreachable(view),
      ...defaultIdentity(answers, view.facts),
      ...duplicates(answers),
      ...leadership(answers, view.facts),
    ];
    const silent = new Set(allOf(view.now, 'unavailable').map((look) => look.source));
    const unasked = memberHosts(view.facts).filter((host) => !silent.has(host));
    return examined(findings, blindSpots(view.now, 'member-status', unasked));
  },
};

function answersOf(view: CheckView): Answer[] {
  const statuses = bySource(view.now, 'member-status');
  const lists = bySource(view.now, 'member-list');
  return view.facts.members.flatMap(({ host, name }) => {
    const status = statuses.get(host);
    return status === undefined ? [] : [{ host, name, status, list: lists.get(host) }];
  });
}

function hostsOf(answers: readonly Answer[]): string[] {
  return answers.map((answer) => answer.host);
}

function unreachable(view: CheckView): Finding[] {
  const silent = allOf(view.now, 'unavailable').filter(({ of }) => of === 'member-status');
  const logs = bySource(view.now, 'member-log');
  return view.facts.members.flatMap((member) => {
    const { host } = member;
    const look = silent.find(({ source }) => source === host);
    if (look === undefined) return [];
    const log = logs.get(host);
    const death = log === undefined || log.running ? undefined : causeOfDeath(log.end, member);
    if (death !== undefined) return [willNotStart(host, death)];
    return [
      finding({
        code: 'member-unreachable',
        severity: 'error',
        message: `The etcd member on ${host} does not answer: ${look.reason}.`,
        where: host,
        cure: isDistrust(look.reason)
          ? lookAtCertificate(host, 2379)
          : `Start it: \`systemctl start etcd\` on ${host}; ${readLog(host, 'etcd')}`,
      }),
    ];
  });
}

/** Starting it again, as for a member that merely does not run, would end the same way. */
function willNotStart(host: string, { why, cure }: Death): Finding {
  return finding({
    code: 'member-will-not-start',
    severity: 'error',
    message: `etcd on ${host} ended by itself and would again: ${why}.`,
    where: host,
    cure: `${cure} ${readLog(host, 'etcd')}`,
  });
}

function defaultIdentity(answers: readonly Answer[], facts: DrillFacts): Finding[] {
  const nameless = answers.filter(hasDefaultIdentity);
  const first = nameless[0];
  if (first === undefined) return [];
  return [
    finding({
      code: 'default-identity',
      severity: 'error',
      message:
        `The data of ${listed(hostsOf(nameless))} was restored without --name, --initial-cluster` +
        ` and --initial-advertise-peer-urls: member ID ${first.status.memberId}, cluster ID` +
        ` ${first.status.clusterId}, peer URL ${DEFAULT_PEER_URL}. No other member can ever join.`,
      where: listed(hostsOf(nameless)),
      cure:
        facts.members.length === 1
          ? `Give it its address: \`etcdctl member update ${first.status.memberId} --peer-urls=${facts.members[0]?.peerUrl ?? 'PEER_URL'}\`.`
          : restoreAllMembers(facts, first.host),
    }),
  ];
}

function hasDefaultIdentity({ status, list }: Answer): boolean {
  const own = list?.members.find((member) => member.id === status.memberId);
  return (
    status.memberId === DEFAULT_MEMBER_ID ||
    status.clusterId === DEFAULT_CLUSTER_ID ||
    own?.peerUrls.includes(DEFAULT_PEER_URL) === true
  );
}

/** Two hosts with the default identity share their ID too; that has its own name. */
function duplicates(answers: readonly Answer[]): Finding[] {
  const byId = Map.groupBy(
    answers.filter((answer) => !hasDefaultIdentity(answer)),
    (answer) => answer.status.memberId,
  );
  return [...byId]
    .filter(([, sharers]) => sharers.length > 1)
    .map(([id, sharers]) =>
      finding({
        code: 'member-id-duplicate',
        severity: 'error',
        message:
          `${listed(hostsOf(sharers))} claim to be one and the same member, ${id}:` +
          ' one data directory was copied, or one restore was used on several hosts.',
        where: listed(hostsOf(sharers)),
        cure:
          `Keep one of them. On each other host stop etcd, \`etcdctl member remove\` and` +
          ' `etcdctl member add NAME --peer-urls=PEER_URL`, empty its data directory and start it.',
      }),
    );
}

/** One finding at most: several clusters explain several leaders and missing ones. */
function leadership(answers: readonly Answer[], facts: DrillFacts): Finding[] {
  const apart = strangers(answers);
  if (apart.length > 1) return [splitBrain(apart, facts)];
  const clusters = Map.groupBy(answers, (answer) => answer.status.clusterId);
  if (clusters.size > 1) return [clusterIdDiffers(clusters, facts)];
  const leaderless = answers.filter((answer) => answer.status.leaderId === NO_LEADER);
  const leaders = Map.groupBy(
    answers.filter((answer) => answer.status.leaderId !== NO_LEADER),
    (answer) => answer.status.leaderId,
  );
  return [
    ...(leaderless.length > 0 ? [noLeader(leaderless, answers)] : []),
    ...(leaders.size > 1 ? [leaderDiffers(leaders)] : []),
  ];
}

/** Members that each lead themselves and do not have each other in their member lists. */
function strangers(answers: readonly Answer[]): Answer[] {
  const selfLed = answers.filter(
    ({ status }) => status.leaderId !== NO_LEADER && status.leaderId === status.memberId,
  );
  return selfLed.filter((one) => selfLed.some((other) => other !== one && !knows(one, other)));
}

function knows(one: Answer, other: Answer): boolean {
  if (one.list === undefined) return one.status.clusterId === other.status.clusterId;
  return one.list.members.some(
    (member) => member.id === other.status.memberId && member.name === other.name,
  );
}

function splitBrain(apart: readonly Answer[], facts: DrillFacts): Finding {
  const clusterIds = new Set(apart.map((answer) => answer.status.clusterId));
  const ids =
    clusterIds.size === 1
      ? `their cluster IDs are equal (${[...clusterIds].join()}) and prove nothing`
      : `their cluster IDs are ${listed([...clusterIds])}`;
  return finding({
    code: 'split-brain',
    severity: 'error',
    message:
      `${listed(hostsOf(apart))} lead a cluster each and do not know one another; ${ids}.` +
      ' Each calls itself healthy, and what is written through one never reaches the others.',
    where: listed(hostsOf(apart)),
    cure: apart.every(hasDefaultIdentity)
      ? 'Stop writing now, then do as default-identity says.'
      : `Stop writing now. ${restoreAllMembers(facts, apart[0]?.host ?? '')}`,
  });
}

function clusterIdDiffers(clusters: Map<string, Answer[]>, facts: DrillFacts): Finding {
  const bySize = [...clusters].sort((a, b) => b[1].length - a[1].length);
  const parts = bySize.map(([id, answers]) => {
    const leads = answers.some(({ status }) => status.leaderId !== NO_LEADER);
    return `${listed(hostsOf(answers))} in ${id} (${leads ? 'with' : 'without'} a leader)`;
  });
  const last = bySize.at(-1)?.[1][0]?.host ?? '';
  return finding({
    code: 'cluster-id-differs',
    severity: 'error',
    message:
      `The members belong to different clusters: ${listed(parts)}.` +
      ' The recovery reached only some of them, and the others went on with their old data.',
    where: listed(bySize.flatMap(([, answers]) => hostsOf(answers))),
    cure: `Decide which data is wanted. The old one goes on by itself; to get the snapshot's, do it on all. ${restoreAllMembers(facts, last)}`,
  });
}

function noLeader(leaderless: readonly Answer[], answers: readonly Answer[]): Finding {
  const hosts = listed(hostsOf(leaderless));
  const whole = leaderless.length === answers.length;
  return finding({
    code: 'no-leader',
    severity: 'error',
    message: whole
      ? `No member knows a leader (asked: ${hosts}): the cluster has no quorum and takes no writes.`
      : `The others follow a leader, but none is known to ${hosts}: cut off from them.`,
    where: hosts,
    cure: whole
      ? 'If the members run, mend the network between them first: a restore would lose what they hold. If a' +
        ' majority is lost for good, restore all of them from the snapshot.'
      : `Look at the network between the peer addresses; ${readLog(leaderless[0]?.host ?? '', 'etcd')}`,
  });
}

function leaderDiffers(leaders: Map<string, Answer[]>): Finding {
  const parts = [...leaders].map(
    ([id, answers]) => `${id} is named by ${listed(hostsOf(answers))}`,
  );
  return finding({
    code: 'leader-differs',
    severity: 'error',
    message: `The members do not agree on their leader: ${listed(parts)}.`,
    where: listed([...leaders.values()].flatMap((answers) => hostsOf(answers))),
    cure:
      'An election passes within seconds; if this stays, look at the network between the members:' +
      ' `etcdctl endpoint status --cluster -w table`.',
  });
}
