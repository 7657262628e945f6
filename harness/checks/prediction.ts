import type { Check, DrillFacts } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { Foretold } from '../model/foretold.ts';
import type { EtcdObjects, ObservedObject } from '../model/observation.ts';
import { CAUSES_OF_OTHER_OBJECTS } from './baseline-comparison.ts';
import { examined, unknown } from './examination.ts';
import { comesAndGoes, mayDiffer } from './may-change.ts';
import { type ObjectSet, placeOf, refOf, sameOnHosts, setOf, tally } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed } from './wording.ts';

/** What `kubedrill diff live BACKUP` says before a restore is worth what it says rightly. */
export const prediction: Check = {
  name: 'prediction',
  title: 'The restore did what the comparison before it had said, to each object',
  phases: ['verify'],
  needs: ['prediction'],
  explainedBy: CAUSES_OF_OTHER_OBJECTS,
  codes: [{ code: 'prediction-wrong', heals: false }],
  examine({ now, facts }) {
    const { foretold, restores } = facts;
    if (!restores) return examined([], []);
    if (foretold === undefined) return unknown('nobody compared before the fault');
    // Whatever was done after the restore was not foretold.
    if (!foretold.untouched) return examined([], []);
    const members = allOf(now, 'etcd-objects');
    const blind = blindSpots(now, 'etcd-objects', []);
    if (members.length === 0) return unknown(...blind, 'nobody read what etcd holds');
    return examined(
      WAYS.flatMap((way) => wrongly(way, foretold, members, facts)),
      blind,
    );
  },
};

interface Way {
  of: 'lost' | 'returned' | 'reverted';
  happened: string;
  wrong(then: ObservedObject, held: ObjectSet, facts: DrillFacts): boolean;
}

const WAYS: readonly Way[] = [
  {
    of: 'lost',
    happened: 'should be gone and are there',
    wrong: (then, held) => held.get(placeOf(then))?.uid === then.uid && then.uid !== null,
  },
  {
    of: 'returned',
    happened: 'should be back and are not',
    wrong: (then, held) => held.get(placeOf(then))?.uid !== then.uid,
  },
  {
    of: 'reverted',
    happened: 'should be as they were and are not',
    wrong: (then, held, facts) => {
      const now = held.get(placeOf(then));
      if (now?.uid !== then.uid) return true;
      return now.contentHash !== then.contentHash && !mayDiffer(then, facts);
    },
  },
];

function wrongly(
  { of, happened, wrong }: Way,
  foretold: Foretold,
  members: readonly EtcdObjects[],
  facts: DrillFacts,
): Finding[] {
  const steady = foretold[of].filter((object) => !comesAndGoes(object, facts));
  const perHost = members.map(({ source, objects }) => {
    const held = setOf(objects);
    const different: ObjectRef[] = steady.filter((then) => wrong(then, held, facts)).map(refOf);
    return { host: source, objects: different };
  });
  return sameOnHosts(perHost).map(({ hosts, objects }) =>
    finding({
      code: 'prediction-wrong',
      severity: 'error',
      message:
        `Of ${counted(steady.length, 'object')} that the comparison of live data and backup named,` +
        ` ${objects.length} ${happened}: ${tally(objects)}.`,
      where: listed(hosts),
      objects,
      cure:
        'See who touched them since (`kubectl get … -o yaml --show-managed-fields`), and that it is' +
        ' this backup that was restored.',
    }),
  );
}
