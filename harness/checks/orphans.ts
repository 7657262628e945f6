import type { Check, DrillFacts } from '../model/check.ts';
import { finding, type ObjectRef } from '../model/finding.ts';
import type { EtcdObjects } from '../model/observation.ts';
import { CAUSES_OF_OTHER_OBJECTS } from './baseline-comparison.ts';
import { examined, unknown } from './examination.ts';
import { comesAndGoes } from './may-change.ts';
import { refOf, sameOnHosts, tally } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed } from './wording.ts';

/** A stale API server takes objects for a Namespace that etcd does not have: nobody ever removes them. */
export const orphans: Check = {
  name: 'orphans',
  title: 'Every object is in a Namespace that etcd has',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: CAUSES_OF_OTHER_OBJECTS,
  codes: [{ code: 'object-orphaned', heals: false }],
  examine({ now, facts }) {
    const members = allOf(now, 'etcd-objects');
    const blind = blindSpots(now, 'etcd-objects', []);
    if (members.length === 0) return unknown(...blind, 'nobody read what etcd holds');
    const perHost = members.map((seen) => ({ host: seen.source, objects: orphaned(seen, facts) }));
    return examined(
      sameOnHosts(perHost).map(({ hosts, objects }) =>
        finding({
          code: 'object-orphaned',
          severity: 'error',
          message:
            `etcd holds ${counted(objects.length, 'object')} of Namespaces that do not exist:` +
            ` ${tally(objects)}. They were written through an API server that still listed the Namespace.`,
          where: listed(hosts),
          objects,
          cure:
            'Restart every kube-apiserver whose lists are stale. Then save what is needed, create the' +
            ' Namespace again or delete the objects one by one: no deletion of a Namespace does it.',
        }),
      ),
      blind,
    );
  },
};

function orphaned({ objects }: EtcdObjects, facts: DrillFacts): ObjectRef[] {
  const namespaces = new Set(
    objects.filter(({ group, resource }) => group === '' && resource === 'namespaces').map(nameOf),
  );
  return objects
    .filter(({ namespace }) => namespace !== null && !namespaces.has(namespace))
    .filter((object) => !comesAndGoes(object, facts))
    .map(refOf);
}

function nameOf({ name }: ObjectRef): string {
  return name;
}
