import type { Finding, ObjectRef } from '../../model/finding.ts';
import { snapshotFinding } from '../codes.ts';
import type { ClusterContent } from './cluster-content.ts';
import type { Hazard } from './hazard.ts';
import { counted, enumerate, placeOf } from './wording.ts';

/** Custom resources that the definitions in the same store cannot read. */
export const customResources: Hazard = (content) => {
  const definitions = new Map(
    content.typed['apiextensions.k8s.io/customresourcedefinitions'].map(({ value }) => [
      `${value.spec?.group}/${value.spec?.names?.plural}`,
      new Map((value.spec?.versions ?? []).map(({ name, served }) => [name, served === true])),
    ]),
  );
  const findings: Finding[] = [];
  for (const [id, byVersion] of content.customVersions) {
    const versions = definitions.get(id);
    if (versions === undefined) findings.push(...withoutDefinition(content, id, byVersion));
    else {
      for (const [version, refs] of byVersion)
        findings.push(...ofVersion(id, version, refs, versions));
    }
  }
  return findings;
};

function withoutDefinition(
  content: ClusterContent,
  id: string,
  byVersion: ReadonlyMap<string, ObjectRef[]>,
): Finding[] {
  const group = id.slice(0, id.indexOf('/'));
  const aggregated = content.typed['apiregistration.k8s.io/apiservices'].some(
    ({ value }) => value.spec?.group === group && value.spec.service !== undefined,
  );
  if (aggregated) return [];
  const objects = [...byVersion.values()].flat();
  return [
    snapshotFinding('cr-without-crd', {
      message: `${counted(objects.length, 'object')} of ${id} without a CustomResourceDefinition: they take space and cannot be read`,
      where: placeOf(objects),
      objects,
    }),
  ];
}

function ofVersion(
  id: string,
  version: string,
  objects: ObjectRef[],
  versions: ReadonlyMap<string | undefined, boolean>,
): Finding[] {
  const served = versions.get(version);
  if (served === true) return [];
  const parts = { where: placeOf(objects), objects };
  const what = `${counted(objects.length, 'object')} of ${id} stored as ${version}`;
  const known = enumerate([...versions.keys()].map((name) => name ?? ''));
  return served === undefined
    ? [
        snapshotFinding('cr-version-unknown', {
          ...parts,
          message: `${what}, which its definition does not have (it has ${known}): listing ${id} will fail`,
        }),
      ]
    : [
        snapshotFinding('cr-version-not-served', {
          ...parts,
          message: `${what}, which its definition still has but no longer serves`,
        }),
      ];
}
