import type { Check, DrillFacts } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import { restoreAllMembers } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';

interface Alarm {
  memberId: string;
  alarm: 'nospace' | 'corrupt';
}

/** Alarms live in the data: a restore brings those of the old members along, and they still hold. */
export const alarms: Check = {
  name: 'alarms',
  title: 'No alarm is raised, neither by a member nor by one that came along with the snapshot',
  phases: ['baseline', 'verify'],
  needs: [],
  explainedBy: [],
  codes: [
    { code: 'alarm-nospace', heals: false },
    { code: 'alarm-corrupt', heals: false },
    { code: 'alarm-foreign', heals: false },
  ],
  examine({ now, facts }) {
    const told = allOf(now, 'alarms');
    const blind = blindSpots(now, 'alarms', []);
    if (told.length === 0)
      return unknown(...(blind.length > 0 ? blind : ['nobody asked for alarms']));
    const names = new Map(
      allOf(now, 'member-list').flatMap((list) => list.members.map(({ id, name }) => [id, name])),
    );
    const distinct = new Map(
      told.flatMap(({ alarms }) =>
        alarms.map((raised) => [`${raised.alarm} ${raised.memberId}`, raised]),
      ),
    );
    // The store of alarms is replicated: one member that answers tells of all.
    return examined(
      [...distinct.values()].map((raised) => judge(raised, names, facts)),
      [],
    );
  },
};

function judge(raised: Alarm, names: ReadonlyMap<string, string>, facts: DrillFacts): Finding {
  const name = names.get(raised.memberId);
  if (name === undefined && names.size > 0) return foreign(raised);
  return raised.alarm === 'nospace'
    ? noSpace(raised, name ?? raised.memberId)
    : corrupt(raised, name ?? raised.memberId, facts);
}

const DISARM =
  'Make room, then disarm: `etcdctl compact REVISION`, `etcdctl defrag --cluster`,' +
  ' `etcdctl alarm disarm`. Raise --quota-backend-bytes if the data needs it.';

function foreign(raised: Alarm): Finding {
  const effect =
    raised.alarm === 'nospace'
      ? 'every write fails with "database space exceeded" whatever the quota is now'
      : 'writes are refused';
  return finding({
    code: 'alarm-foreign',
    severity: 'error',
    message:
      `The ${raised.alarm} alarm of member ${raised.memberId}, which is no member of this cluster,` +
      ` came along with the snapshot: ${effect}.`,
    where: raised.memberId,
    cure:
      raised.alarm === 'nospace'
        ? DISARM
        : '`etcdctl alarm disarm`, after comparing `etcdctl endpoint hashkv --cluster`.',
  });
}

function noSpace(raised: Alarm, name: string): Finding {
  return finding({
    code: 'alarm-nospace',
    severity: 'error',
    message: `${name} (${raised.memberId}) is out of space: etcd takes no writes but deletions.`,
    where: name,
    cure: DISARM,
  });
}

function corrupt(raised: Alarm, name: string, facts: DrillFacts): Finding {
  const host = facts.members.find((member) => member.name === name)?.host ?? name;
  return finding({
    code: 'alarm-corrupt',
    severity: 'error',
    message: `${name} (${raised.memberId}) was found to hold other data than the rest of the members.`,
    where: host,
    cure:
      `If a majority agrees (\`etcdctl endpoint hashkv --cluster\`), replace ${name}: member remove,` +
      ` member add, empty data directory. If none does, go back to the snapshot. ${restoreAllMembers(facts, host)}`,
  });
}
