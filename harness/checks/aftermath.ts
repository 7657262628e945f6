import type { Check, DrillFacts } from '../model/check.ts';
import { describeObject, type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { Foretold } from '../model/foretold.ts';
import type { EtcdObjects, ObservedObject, ServiceAddresses } from '../model/observation.ts';
import { CAUSES_OF_OTHER_OBJECTS } from './baseline-comparison.ts';
import { examined, unknown } from './examination.ts';
import { comesAndGoes } from './may-change.ts';
import { placeOf, refOf, resourceOf, setOf, tally } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed } from './wording.ts';

/** A perfect restore brings back what was taken away on purpose, and frees what is in use. */
export const aftermath: Check = {
  name: 'aftermath',
  title: 'Nothing is back that was taken away on purpose, and no address has two owners',
  phases: ['verify'],
  needs: ['prediction'],
  explainedBy: CAUSES_OF_OTHER_OBJECTS,
  codes: [
    { code: 'grant-returned', heals: false },
    { code: 'account-returned', heals: false },
    { code: 'namespace-returned', heals: false },
    { code: 'job-runs-again', heals: false },
    { code: 'scheduled-run-repeated', heals: false },
    { code: 'service-address-taken', heals: false },
    { code: 'service-address-shared', heals: false },
  ],
  examine({ now, facts }) {
    const { foretold, restores } = facts;
    // Nothing comes back where nothing goes back.
    if (!restores) return examined([], []);
    if (foretold === undefined) return unknown('nobody compared before the fault');
    const [member] = allOf(now, 'etcd-objects');
    const addresses = allOf(now, 'service-addresses');
    const blind = [
      ...blindSpots(now, 'etcd-objects', []),
      ...blindSpots(now, 'service-addresses', []),
    ];
    if (member === undefined) return unknown(...blind, 'nobody read what etcd holds');
    return examined(
      [
        ...RETURNS.flatMap((kind) => returned(kind, foretold, member, facts)),
        ...repeated(foretold, member),
        ...addresses.flatMap((seen) => [...taken(seen, foretold), ...shared(seen)]),
      ],
      blind,
    );
  },
};

interface Return {
  code: string;
  objectsOf(foretold: Foretold): readonly ObjectRef[];
  means: string;
  cure: string;
}

function back(...resources: readonly string[]): Return['objectsOf'] {
  return ({ returned }) => returned.filter((object) => resources.includes(resourceOf(object)));
}

const RBAC = 'rbac.authorization.k8s.io';

const RETURNS: readonly Return[] = [
  {
    code: 'grant-returned',
    objectsOf: back(`${RBAC}/rolebindings`, `${RBAC}/clusterrolebindings`),
    means: 'Rights that had been taken away since the backup are given again by',
    cure:
      'Delete them again before anybody else reaches the API server, and see in the audit log what' +
      ' was done with them meanwhile.',
  },
  {
    code: 'account-returned',
    objectsOf: back('serviceaccounts'),
    means: 'Accounts that had been deleted since the backup are back, and so are their old tokens:',
    cure: 'Delete them again: a token is valid as long as its ServiceAccount has the old uid.',
  },
  {
    code: 'namespace-returned',
    objectsOf: back('namespaces'),
    means: 'Deleted since the backup and back with all that was in them:',
    cure: 'Delete them again, after a look for what else they gave away: bindings of the cluster stay.',
  },
  {
    code: 'job-runs-again',
    objectsOf: ({ runsAgain }) => runsAgain,
    means: 'Work that was done since the backup is done once more by',
    cure:
      'Delete the Jobs, or set `suspend: true`, before controller-manager starts: it makes their pods' +
      ' as soon as it leads. Deleting the pods only makes it make new ones.',
  },
];

function returned(
  { code, objectsOf, means, cure }: Return,
  foretold: Foretold,
  member: EtcdObjects,
  facts: DrillFacts,
): Finding[] {
  const held = setOf<ObservedObject>(member.objects);
  const uids = setOf([...foretold.returned, ...foretold.reverted]);
  const objects = objectsOf(foretold)
    .filter((ref) => !comesAndGoes(ref, facts))
    .filter((ref) => held.get(placeOf(ref))?.uid === uids.get(placeOf(ref))?.uid)
    .filter((ref) => held.has(placeOf(ref)))
    .map(refOf);
  if (objects.length === 0) return [];
  return [
    finding({
      code,
      severity: 'error',
      message: `${means} ${tally(objects)}.`,
      where: member.source,
      objects,
      cure,
    }),
  ];
}

/** The minute that it is for, since 1970, at the end of its name. */
const OF_CRONJOB = /^(?<cronJob>.+)-\d{8,}$/;

/** A CronJob names its Jobs after the moment that they are for: one that is made anew is for a moment that has had its own. */
function repeated({ lost }: Foretold, { source, objects: all }: EtcdObjects): Finding[] {
  const held = setOf<ObservedObject>(all);
  const isScheduled = (ref: ObjectRef) => {
    const name = OF_CRONJOB.exec(ref.name)?.groups?.cronJob;
    return name !== undefined && held.has(placeOf({ ...ref, resource: 'cronjobs', name }));
  };
  const objects = lost
    .filter((ref) => resourceOf(ref) === 'batch/jobs')
    .filter((ref) => (held.get(placeOf(ref))?.uid ?? ref.uid) !== ref.uid)
    .map(refOf)
    .filter(isScheduled);
  const [first] = objects;
  if (first === undefined) return [];
  return [
    finding({
      code: 'scheduled-run-repeated',
      severity: 'error',
      message: `For a moment that had its run before the restore a CronJob has made once more ${tally(objects)}.`,
      where: source,
      objects,
      cure:
        `Delete these Jobs (\`kubectl -n ${first.namespace} delete job ${first.name}\`): the CronJob remembers` +
        ' the moment now. After the next restore set `suspend: true` on CronJobs before controller-manager starts.',
    }),
  ];
}

/** Clients that know the lost Service by its address now talk to a stranger. */
function taken({ source, services }: ServiceAddresses, { freed }: Foretold): Finding[] {
  return freed.flatMap(({ object: lost, address }) => {
    const owners = services.filter(
      ({ object, addresses }) => addresses.includes(address) && placeOf(object) !== placeOf(lost),
    );
    return owners.map(({ object }) =>
      finding({
        code: 'service-address-taken',
        severity: 'error',
        message:
          `The address ${address} belongs to ${describeObject(object)} now. Until the restore it was` +
          ` that of ${describeObject(lost)}, which was lost: whoever still calls it there reaches the` +
          ' other one.',
        where: source,
        objects: [refOf(object), lost],
        cure:
          'Make the lost Service again with its own address first, and let the other one have another' +
          ' (delete it and create it without `clusterIP`). Restart kube-proxy and CoreDNS where they' +
          ' lived through the restore.',
      }),
    );
  });
}

function shared({ source, services }: ServiceAddresses): Finding[] {
  const each = services.flatMap(({ object, addresses }) =>
    addresses.map((address) => ({ object: refOf(object), address })),
  );
  return [...Map.groupBy(each, ({ address }) => address)].flatMap(([address, owners]) =>
    owners.length < 2
      ? []
      : finding({
          code: 'service-address-shared',
          severity: 'error',
          message:
            `${counted(owners.length, 'Service')} have the address ${address}:` +
            ` ${listed(owners.map(({ object }) => describeObject(object)))}. Either may answer.`,
          where: source,
          objects: owners.map(({ object }) => object),
          cure:
            'Delete the younger one and create it without `clusterIP`;' +
            ` \`kubectl get ipaddress ${address} -o yaml\` says whom kube-apiserver takes for the owner.`,
        }),
  );
}
