import type { Check, CheckView, DrillFacts } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { MemberList, MemberStatus, PeerCalls, PeerLinks } from '../model/observation.ts';
import { examined } from './examination.ts';
import { allOf, blindSpots, bySource, memberHosts } from './observed.ts';
import { lasted, listed } from './wording.ts';

/** A member that answers us, with whom of the others it has connections. */
interface Linked {
  host: string;
  status: MemberStatus;
  list: MemberList | undefined;
  links: PeerLinks;
}

/** etcd's own default; https://etcd.io/docs/v3.6/tuning/ asks for a round trip below it. */
const HEARTBEAT_MS = 100;

/**
 * Members that we reach and that do not reach each other are not down: the network between them is.
 * What helps a member that is down (starting it, replacing it) does harm there.
 */
export const peers: Check = {
  name: 'peers',
  title: 'Every member that answers reaches every other one',
  phases: ['baseline', 'impact', 'verify'],
  needs: [],
  explainedBy: [],
  codes: [
    { code: 'partition-minority', heals: true },
    { code: 'partition-no-quorum', heals: true },
    { code: 'peer-unreachable', heals: true },
    { code: 'peer-slow', heals: true },
    { code: 'peer-lossy', heals: true },
  ],
  examine(view) {
    const members = linkedMembers(view);
    return examined(judge(members, view.facts), unseen(view, members));
  },
};

/** Who does not answer at all is another check's business, as long as somebody does. */
function unseen({ now, facts }: CheckView, members: readonly Linked[]): string[] {
  const failed = allOf(now, 'unavailable');
  const silent = failed.filter(({ of }) => of === 'member-status').map(({ source }) => source);
  if (members.length === 0) return blindSpots(now, 'peer-links', memberHosts(facts));
  const looked = now.filter(({ source }) => !silent.includes(source));
  const expected = memberHosts(facts).filter((host) => !silent.includes(host));
  return blindSpots(looked, 'peer-links', expected);
}

function linkedMembers(view: CheckView): Linked[] {
  const statuses = bySource(view.now, 'member-status');
  const lists = bySource(view.now, 'member-list');
  const all = bySource(view.now, 'peer-links');
  return view.facts.members.flatMap(({ host }) => {
    const [status, links] = [statuses.get(host), all.get(host)];
    return status && links ? [{ host, status, list: lists.get(host), links }] : [];
  });
}

function judge(members: readonly Linked[], facts: DrillFacts): Finding[] {
  const parts = partsOf(members);
  if (parts.length > 1) return [partition(parts, facts)];
  const pairs = members.flatMap((one, index) =>
    members.slice(index + 1).map((other) => [one, other] as const),
  );
  return pairs.flatMap(([one, other]) =>
    reach(one, other) ? worn(one, other) : [unreachable(one, other)],
  );
}

/** Of two that reach each other: whether they do so as members of one etcd must. */
function worn(one: Linked, other: Linked): Finding[] {
  const calls = [callsOf(one, other), callsOf(other, one)].filter((each) => each !== null);
  const fastestMs = Math.min(...calls.flatMap((each) => each.fastestMs ?? []));
  if (Number.isFinite(fastestMs) && fastestMs > HEARTBEAT_MS) return [slow(one, other, fastestMs)];
  const losing = [callsOf(one, other), callsOf(other, one)].find(
    (each, index) =>
      each !== null &&
      each.answered < each.made &&
      each.repeated > 0 &&
      // Packets to a peer that never answers are repeated too.
      hasAllAnswers(index === 0 ? one : other),
  );
  return losing ? [lossy(one, other, losing)] : [];
}

function hasAllAnswers({ links }: Linked): boolean {
  return links.peers.every(({ calls }) => calls !== null && calls.answered > 0);
}

function callsOf({ links }: Linked, other: Linked): PeerCalls | null {
  return links.peers.find(({ memberId }) => memberId === other.status.memberId)?.calls ?? null;
}

/** Members that reach each other, directly or by way of others; the largest part first. */
function partsOf(members: readonly Linked[]): Linked[][] {
  const parts: Linked[][] = [];
  for (const member of members) {
    const near = parts.filter((part) => part.some((other) => reach(member, other)));
    const joined = [...near.flat(), member];
    parts.splice(0, parts.length, ...parts.filter((part) => !near.includes(part)), joined);
  }
  return parts.toSorted((a, b) => b.length - a.length);
}

/** Of two that do not count each other among their members nobody expects a connection. */
function reach(one: Linked, other: Linked): boolean {
  return (
    (!expects(one, other) || isLinked(one, other)) && (!expects(other, one) || isLinked(other, one))
  );
}

function expects({ status, list }: Linked, other: Linked): boolean {
  if (status.clusterId !== other.status.clusterId) return false;
  // Copies of one member are no neighbours.
  if (status.memberId === other.status.memberId) return false;
  return list?.members.some(({ id }) => id === other.status.memberId) ?? false;
}

/**
 * etcd may go on counting a peer as active whose packets vanish, and for a minute as inactive one that no cable
 * separates from it (seen after a restore with the old token): where calls were made, they tell.
 */
function isLinked({ links }: Linked, other: Linked): boolean {
  return links.peers.some(({ memberId, active, calls }) => {
    if (memberId !== other.status.memberId) return false;
    return active ? calls?.answered !== 0 : calls !== null && calls.answered === calls.made;
  });
}

function partition(parts: readonly Linked[][], facts: DrillFacts): Finding {
  const shape = parts.map((part) => listed(part.map(({ host }) => host))).join(' | ');
  const quorum = Math.floor(facts.members.length / 2) + 1;
  const [largest = [], ...rest] = parts;
  const holds = largest.length >= quorum;
  const cutOff = listed(rest.flatMap((part) => part.map(({ host }) => host)));
  return finding({
    code: holds ? 'partition-minority' : 'partition-no-quorum',
    severity: 'error',
    message:
      `The members all run and answer, but do not reach each other: ${shape}. ` +
      (holds
        ? `${listed(largest.map(({ host }) => host))} go on; ${cutOff} takes no writes and reads grow old.`
        : `No part has the ${quorum} members of a quorum: nothing can be written.`),
    where: shape,
    cure:
      'Mend the network between them (routes, firewall rules on port 2380, cables), then look again:' +
      ' they find each other without help. Restore nothing, and remove no member while it is so.',
  });
}

function unreachable(one: Linked, other: Linked): Finding {
  return finding({
    code: 'peer-unreachable',
    severity: 'error',
    message:
      `${one.host} and ${other.host} have no connection with each other, though both run and reach` +
      ' the rest: if one of them leads, the other hears nothing of it.',
    where: listed([one.host, other.host]),
    cure:
      `Look for what stops packets between ${one.host} and ${other.host}, in both directions (firewall` +
      ' rules, routes, one-way links): `ss -tn state syn-sent` shows who is not answered.',
  });
}

function slow(one: Linked, other: Linked, fastestMs: number): Finding {
  return finding({
    code: 'peer-slow',
    severity: 'error',
    message:
      `${one.host} and ${other.host} reach each other, but the quickest of several calls took` +
      ` ${lasted(fastestMs)}: with heartbeats every ${HEARTBEAT_MS} ms elections come and go.`,
    where: listed([one.host, other.host]),
    cure:
      'Find what delays packets between them. Where the way is that long, raise --heartbeat-interval to' +
      ' the round trip and --election-timeout to ten times that, the same on every member.',
  });
}

function lossy(one: Linked, other: Linked, { made, answered }: PeerCalls): Finding {
  return finding({
    code: 'peer-lossy',
    severity: 'error',
    message:
      `Of ${made} calls between ${one.host} and ${other.host} ${answered} were answered at once: packets` +
      ' get lost, and every lost one costs a second.',
    where: listed([one.host, other.host]),
    cure:
      `Look at the links of ${one.host} and ${other.host} for errors and drops (\`ip -s link\`) and at what` +
      ' lies between them; a member on a bad link should not lead: `etcdctl move-leader`.',
  });
}
