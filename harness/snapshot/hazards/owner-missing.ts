import { builtInResources } from '../../objects/resources.ts';
import { snapshotFinding } from '../codes.ts';
import type { ClusterContent } from './cluster-content.ts';
import type { Hazard } from './hazard.ts';
import { counted, enumerateObjects, placeOf } from './wording.ts';

/** Objects whose every owner is gone: the garbage collector deletes them as soon as it runs. */
export const ownerMissing: Hazard = (content) => {
  const groups = readableGroups(content);
  const unreadable = new Set(content.encrypted.flatMap(({ objects }) => objects.map(plural)));
  const orphans = content.owned.filter(({ owners }) =>
    owners.every(({ uid = '', apiVersion = '', kind = '' }) => {
      if (content.uids.has(uid)) return false;
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      return groups.has(group) && !unreadable.has(`${kind.toLowerCase()}s`);
    }),
  );
  if (orphans.length === 0) return [];
  const objects = orphans.map(({ ref }) => ref);
  return [
    snapshotFinding('owner-missing', {
      message: `${counted(objects.length, 'object')} will be garbage-collected, their owners are not in the store: ${enumerateObjects(objects)}`,
      where: placeOf(objects),
      objects,
    }),
  ];
};

function plural({ resource }: { resource: string }): string {
  return resource;
}

/** Owners served by an aggregated API live in another store. */
function readableGroups(content: ClusterContent): Set<string> {
  const custom = content.typed['apiextensions.k8s.io/customresourcedefinitions'];
  return new Set([
    ...builtInResources().map(({ group }) => group),
    ...custom.map(({ value }) => value.spec?.group ?? ''),
    'apiextensions.k8s.io',
    'apiregistration.k8s.io',
  ]);
}
