import type { Check, CheckView, DrillFacts } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import { restoreAllMembers } from './cures.ts';
import { examined, unknown } from './examination.ts';
import {
  type Difference,
  type ObjectSet,
  placeOf,
  sameOnHosts,
  setOf,
  tally,
} from './object-set.ts';
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
    const { sentinelsBefore, sentinelsAfter, deletedAfter, restores } = view.facts;
    const wanted = restores ? sentinelsBefore : [...sentinelsBefore, ...sentinelsAfter];
    const unwanted = restores ? sentinelsAfter : (deletedAfter ?? []);
    if (wanted.length + unwanted.length === 0)
      return unknown('this drill made no sentinels to look for');
    const places = placesToLook(view);
    const blind = blindSpots(view.now, 'etcd-objects', []);
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

/** Somewhere that sentinels can be looked for. GETs know only of what was asked. */
interface Place {
  host: string;
  has(ref: ObjectRef): boolean;
  lacks(ref: ObjectRef): boolean;
}

/** The members; where none can be read, the API servers, whose GETs ask etcd too. */
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
  return members.length > 0 ? members : servers;
}

const WENT_BACK =
  'Stop, and look into the data directories that were kept aside: the recovery went back to older' +
  ' data instead of rejoining the members that had quorum.';

function lostFinding({ hosts, objects }: Difference<ObjectRef>, facts: DrillFacts): Finding {
  return finding({
    code: 'sentinel-lost',
    severity: 'error',
    message: facts.restores
      ? `Of what was made before the backup ${counted(objects.length, 'object')} did not come back:` +
        ` ${tally(objects)}.`
      : `Of what etcd had acknowledged ${counted(objects.length, 'object')} cannot be found any more:` +
        ` ${tally(objects)}. This recovery should lose nothing.`,
    where: listed(hosts),
    objects,
    cure: facts.restores
      ? 'See whether the snapshot has them (`kubedrill inspect SNAPSHOT`): if it does, another file' +
        ' was restored; if not, the backup was taken from a member that lagged behind.'
      : WENT_BACK,
  });
}

function survivedFinding({ hosts, objects }: Difference<ObjectRef>, facts: DrillFacts): Finding {
  return finding({
    code: 'sentinel-survived',
    severity: 'error',
    message: facts.restores
      ? `Of what was made after the backup ${counted(objects.length, 'object')} can still be found:` +
        ` ${tally(objects)}. The restore did not happen here; the old data goes on.`
      : `Of what was deleted after the backup ${counted(objects.length, 'object')} came back:` +
        ` ${tally(objects)}. The recovery went back to older data, and should not have.`,
    where: listed(hosts),
    objects,
    cure: facts.restores ? restoreAllMembers(facts, facts.members[0]?.host ?? '') : WENT_BACK,
  });
}
