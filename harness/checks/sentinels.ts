import type { Check, CheckView, DrillFacts } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import { restoreAllMembers } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { type Difference, type ObjectSet, placeOf, sameOnHosts, setOf } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed } from './wording.ts';

/** Made to be found, or to be gone: they tell which state of the world came back. */
export const sentinels: Check = {
  name: 'sentinels',
  title: 'What was made before the backup is back, and what was made after it is gone',
  phases: ['verify'],
  needs: [],
  explainedBy: [],
  codes: [
    { code: 'sentinel-lost', heals: false },
    { code: 'sentinel-survived', heals: false },
  ],
  examine(view) {
    const { sentinelsBefore, sentinelsAfter, restores } = view.facts;
    const wanted = restores ? sentinelsBefore : [...sentinelsBefore, ...sentinelsAfter];
    const unwanted = restores ? sentinelsAfter : [];
    if (wanted.length + unwanted.length === 0)
      return unknown('this drill made no sentinels to look for');
    const places = placesToLook(view);
    const blind = [
      ...blindSpots(view.now, 'etcd-objects', []),
      ...blindSpots(view.now, 'api-get', []),
    ];
    if (places.length === 0) return unknown(...blind, 'nobody read what etcd holds');
    const lost = places.map(({ host, lacks }) => ({ host, objects: wanted.filter(lacks) }));
    const survived = places.map(({ host, has }) => ({ host, objects: unwanted.filter(has) }));
    return examined(
      [
        ...sameOnHosts(lost).map((difference) => lostFinding(difference, view.facts)),
        ...sameOnHosts(survived).map((difference) => survivedFinding(difference, view.facts)),
      ],
      blind,
    );
  },
};

/** Somewhere that sentinels can be looked for. A GET asks etcd too, so it knows only what was asked. */
interface Place {
  host: string;
  has(ref: ObjectRef): boolean;
  lacks(ref: ObjectRef): boolean;
}

function placesToLook({ now }: CheckView): Place[] {
  const members = allOf(now, 'etcd-objects').map(({ source, objects }): Place => {
    const held: ObjectSet<ObjectRef> = setOf(objects);
    return {
      host: source,
      has: (ref) => held.has(placeOf(ref)),
      lacks: (ref) => !held.has(placeOf(ref)),
    };
  });
  const gets = Map.groupBy(
    allOf(now, 'api-get').filter((get) => get.error === null),
    (get) => get.source,
  );
  const servers = [...gets].map(([source, answers]): Place => {
    const found = new Map(answers.map((get) => [placeOf(get.object), get.found]));
    return {
      host: `the API server on ${source}`,
      has: (ref) => found.get(placeOf(ref)) === true,
      lacks: (ref) => found.get(placeOf(ref)) === false,
    };
  });
  return [...members, ...servers];
}

function lostFinding({ hosts, objects }: Difference<ObjectRef>, facts: DrillFacts): Finding {
  return finding({
    code: 'sentinel-lost',
    severity: 'error',
    message: facts.restores
      ? `${counted(objects.length, 'object')} made before the backup did not come back.`
      : `${counted(objects.length, 'object')} that etcd had acknowledged are lost, although this` +
        ' recovery should lose nothing.',
    where: listed(hosts),
    objects,
    cure: facts.restores
      ? 'See whether the snapshot has them (`kubedrill inspect SNAPSHOT`): if it does, another file' +
        ' was restored; if not, the backup was taken from a member that lagged behind.'
      : 'Stop, and look for them in the data directories that were kept aside: the recovery went' +
        ' back to older data instead of rejoining the members that had quorum.',
  });
}

function survivedFinding({ hosts, objects }: Difference<ObjectRef>, facts: DrillFacts): Finding {
  return finding({
    code: 'sentinel-survived',
    severity: 'error',
    message:
      `${counted(objects.length, 'object')} made after the backup are still there: the restore did` +
      ' not happen here, old data goes on.',
    where: listed(hosts),
    objects,
    cure: `${restoreAllMembers(facts, facts.members[0]?.host ?? '')}.`,
  });
}
