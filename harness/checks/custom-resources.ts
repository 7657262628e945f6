import type { Check, CheckView, Examination } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { CustomResource } from '../model/observation.ts';
import { examined, skipped, unknown } from './examination.ts';
import { baselineObjects, placeOf, refOf, setOf } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { listed } from './wording.ts';

const DEFINITIONS = 'customresourcedefinitions';

export const customResources: Check = {
  name: 'custom-resources',
  title:
    'Every CustomResourceDefinition is established, each served version lists, nothing is lost',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: ['no-leader', 'cluster-id-differs'],
  codes: [
    { code: 'crd-missing', heals: false },
    { code: 'crd-not-established', heals: true },
    { code: 'crd-version-unlistable', heals: true },
    { code: 'custom-resources-missing', heals: true },
  ],
  examine(view) {
    const seen = allOf(view.now, 'custom-resource');
    const then = new Map(
      allOf(view.baseline ?? [], 'custom-resource').map((known) => [known.name, known]),
    );
    const blind = blindSpots(view.now, 'custom-resource', []);
    if (seen.length === 0) return nothingSeen(view, then, blind);
    const findings = [
      ...(blind.length > 0 ? [] : missingDefinitions(seen, then)),
      ...notEstablished(seen),
      ...unlistable(seen),
      ...tooFew(seen, then, view),
    ];
    return examined(findings, blind);
  },
};

/** Nothing found is no proof, neither of health nor of loss, unless etcd itself has none. */
function nothingSeen(
  view: CheckView,
  then: ReadonlyMap<string, CustomResource>,
  blind: readonly string[],
): Examination {
  const stored = allOf(view.now, 'etcd-objects');
  const some = stored.some(({ objects }) =>
    objects.some((object) => object.resource === DEFINITIONS),
  );
  if (blind.length > 0 || stored.length === 0 || some)
    return unknown(...blind, 'no CustomResourceDefinition was looked at');
  return then.size > 0
    ? examined(missingDefinitions([], then), [])
    : skipped('this cluster has no CustomResourceDefinition');
}

function definition(name: string): ObjectRef {
  return { group: 'apiextensions.k8s.io', resource: DEFINITIONS, namespace: null, name };
}

function missingDefinitions(
  seen: readonly CustomResource[],
  then: ReadonlyMap<string, CustomResource>,
): Finding[] {
  const present = new Set(seen.map((one) => one.name));
  const gone = [...then.keys()].filter((name) => !present.has(name));
  if (gone.length === 0) return [];
  return [
    finding({
      code: 'crd-missing',
      severity: 'error',
      message:
        `The baseline's ${listed(gone)} cannot be found any more: the custom resources of such a` +
        ' definition have no API.',
      where: 'apiextensions.k8s.io',
      objects: gone.map(definition),
      cure: 'Apply the definitions again: custom resources that are still in etcd are served at once.',
    }),
  ];
}

type Version = CustomResource['versions'][number];

function notEstablished(seen: readonly CustomResource[]): Finding[] {
  const failing = seen.filter((one) => !one.established);
  return [...Map.groupBy(failing, (one) => one.name)].map(([name, same]) =>
    finding({
      code: 'crd-not-established',
      severity: 'error',
      message: `CustomResourceDefinition ${name} is not Established: its API is not served.`,
      where: sourcesOf(same),
      objects: [definition(name)],
      cure: `\`kubectl get crd ${name} -o jsonpath='{.status.conditions}'\` names the conflict.`,
    }),
  );
}

function unlistable(seen: readonly CustomResource[]): Finding[] {
  const failing = seen.flatMap((one) =>
    servedVersions(one)
      .filter((version) => version.listed === null)
      .map((version) => ({ ...one, version })),
  );
  const distinct = Map.groupBy(
    failing,
    (one) => `${one.name} ${one.version.name} ${one.version.error}`,
  );
  return [...distinct.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      finding({
        code: 'crd-version-unlistable',
        severity: 'error',
        message:
          `${first.name} is served as ${first.version.name} but cannot be listed in it:` +
          ` ${first.version.error ?? 'no answer'}.`,
        where: sourcesOf(same),
        objects: [definition(first.name)],
        cure:
          'See whether a conversion webhook is down, and whether objects are stored in a version' +
          ` that is no longer defined (stored: ${first.storedVersions.join(', ')}): define it again.`,
      }),
    ];
  });
}

/** Fewer than at backup time, by name of the definition. */
function tooFew(
  seen: readonly CustomResource[],
  then: ReadonlyMap<string, CustomResource>,
  view: CheckView,
): Finding[] {
  const short = seen.flatMap((one) => {
    const parts = servedVersions(one).flatMap((version) => {
      const before = listedBefore(then.get(one.name), version);
      const fewer = version.listed !== null && version.listed < before;
      return fewer ? [`${version.listed} of ${before} in ${version.name}`] : [];
    });
    return parts.length === 0 ? [] : [{ ...one, counts: listed(parts) }];
  });
  const distinct = Map.groupBy(short, (one) => `${one.name} ${one.counts}`);
  return [...distinct.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      finding({
        code: 'custom-resources-missing',
        severity: 'error',
        message: `Not every custom resource of ${first.name} came back: ${first.counts}.`,
        where: sourcesOf(same),
        objects: missingNames(first, view),
        cure:
          'See whether the snapshot has them (`kubedrill inspect SNAPSHOT`), and apply them again' +
          ' from their manifests.',
      }),
    ];
  });
}

function servedVersions(one: CustomResource): Version[] {
  return one.established ? one.versions.filter((version) => version.served) : [];
}

function listedBefore(then: CustomResource | undefined, version: Version): number {
  return then?.versions.find((known) => known.name === version.name)?.listed ?? 0;
}

function sourcesOf(seen: readonly CustomResource[]): string {
  return listed([...new Set(seen.map((one) => one.source))]);
}

/** Those of the baseline in etcd that no list of this resource shows now. */
function missingNames({ group, resource }: CustomResource, view: CheckView): ObjectRef[] {
  const shown = setOf(
    allOf(view.now, 'api-list')
      .filter((list) => list.group === group && list.resource === resource)
      .flatMap((list) => list.objects),
  );
  return (baselineObjects(view.baseline ?? [])?.objects ?? [])
    .filter((object) => object.group === group && object.resource === resource)
    .filter((object) => !shown.has(placeOf(object)))
    .map(refOf);
}
