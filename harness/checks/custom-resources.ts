import type { Check, CheckView } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { CustomResource } from '../model/observation.ts';
import { examined, skipped, unknown } from './examination.ts';
import { baselineObjects, placeOf, refOf, setOf } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted } from './wording.ts';

const DEFINITIONS = 'customresourcedefinitions';

export const customResources: Check = {
  name: 'custom-resources',
  title:
    'Every CustomResourceDefinition is established, each served version lists, nothing is lost',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: [],
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
    if (seen.length === 0 && then.size === 0) return nothingSeen(view, blind);
    const findings = [
      ...(blind.length > 0 ? [] : missingDefinitions(seen, then)),
      ...seen.flatMap((one) => judge(one, then.get(one.name), view)),
    ];
    return examined(findings, blind);
  },
};

/** Nothing expected and nothing found is no proof, unless etcd itself says that there are none. */
function nothingSeen(view: CheckView, blind: readonly string[]) {
  const stored = allOf(view.now, 'etcd-objects');
  const some = stored.some(({ objects }) =>
    objects.some((object) => object.resource === DEFINITIONS),
  );
  if (blind.length > 0 || stored.length === 0 || some)
    return unknown(...blind, 'no CustomResourceDefinition was looked at');
  return skipped('this cluster has no CustomResourceDefinition');
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
        `${counted(gone.length, 'CustomResourceDefinition')} of the baseline are gone, and with them` +
        ' the API of their custom resources.',
      where: 'apiextensions.k8s.io',
      objects: gone.map(definition),
      cure: 'Apply the definitions again: custom resources that are still in etcd are served at once.',
    }),
  ];
}

function judge(one: CustomResource, then: CustomResource | undefined, view: CheckView): Finding[] {
  if (!one.established) return [notEstablished(one)];
  const served = one.versions.filter((version) => version.served);
  const failing = served.filter((version) => version.listed === null);
  const short = served.filter((version) => {
    const before = then?.versions.find((known) => known.name === version.name)?.listed ?? 0;
    return version.listed !== null && version.listed < before;
  });
  return [
    ...failing.map((version) => unlistable(one, version.name, version.error)),
    ...(short.length > 0 && then !== undefined ? [missingResources(one, short, then, view)] : []),
  ];
}

function notEstablished(one: CustomResource): Finding {
  return finding({
    code: 'crd-not-established',
    severity: 'error',
    message: `CustomResourceDefinition ${one.name} is not Established: its API is not served.`,
    where: one.source,
    objects: [definition(one.name)],
    cure: `\`kubectl get crd ${one.name} -o jsonpath='{.status.conditions}'\` names the conflict.`,
  });
}

function unlistable(one: CustomResource, version: string, error: string | null): Finding {
  return finding({
    code: 'crd-version-unlistable',
    severity: 'error',
    message: `${one.name} is served as ${version} but cannot be listed in it: ${error ?? 'no answer'}.`,
    where: one.source,
    objects: [definition(one.name)],
    cure:
      'See whether a conversion webhook is down, and whether objects are stored in a version that is' +
      ` no longer defined (stored: ${one.storedVersions.join(', ')}): define that version again.`,
  });
}

function missingResources(
  one: CustomResource,
  short: CustomResource['versions'],
  then: CustomResource,
  view: CheckView,
): Finding {
  const parts = short.map(({ name, listed }) => {
    const before = then.versions.find((known) => known.name === name)?.listed ?? 0;
    return `${listed ?? 0} of ${before} in ${name}`;
  });
  return finding({
    code: 'custom-resources-missing',
    severity: 'error',
    message: `Not every ${one.resource}.${one.group} came back: ${parts.join(', ')}.`,
    where: one.source,
    objects: missingNames(one, view),
    cure: `Apply them again, or see whether the snapshot has them: \`kubedrill inspect SNAPSHOT\`.`,
  });
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
