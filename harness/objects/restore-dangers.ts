import type { ObjectRef } from '../model/finding.ts';
import type { DiffEntry, InventoryDiff } from './diff.ts';

/** What a restore does besides putting objects back: something that people must decide on before it. */
export interface RestoreDanger {
  /** `rights-given-again`: kebab-case, stable. */
  code: string;
  /** Half a sentence that the names of the objects end. */
  says: string;
  objects: ObjectRef[];
}

interface Rule {
  code: string;
  says: string;
  lists: readonly (keyof InventoryDiff)[];
  /** `group/resource`, the core group without its slash. */
  resources: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io';

const RULES: readonly Rule[] = [
  {
    code: 'rights-given-again',
    says: 'gives rights again that had been taken away, by',
    lists: ['resurrected'],
    resources: [`${RBAC}/rolebindings`, `${RBAC}/clusterrolebindings`],
  },
  {
    code: 'rights-changed-back',
    says: 'changes rights back to what they were, in',
    lists: ['reverted', 'recreated'],
    resources: ['rolebindings', 'clusterrolebindings', 'roles', 'clusterroles'].map(
      (resource) => `${RBAC}/${resource}`,
    ),
  },
  {
    code: 'accounts-return',
    says: 'makes the old tokens valid again of',
    lists: ['resurrected'],
    resources: ['serviceaccounts'],
  },
  {
    code: 'namespaces-return',
    says: 'brings back with all that was in them',
    lists: ['resurrected'],
    resources: ['namespaces'],
  },
  {
    code: 'work-repeated',
    says: 'may do work once more, by',
    lists: ['resurrected', 'reverted', 'recreated'],
    resources: ['batch/jobs', 'batch/cronjobs'],
  },
  {
    code: 'addresses-freed',
    says: 'frees the addresses of',
    lists: ['lost'],
    resources: ['services'],
  },
  {
    code: 'volumes-forgotten',
    says: 'forgets, while their data stays,',
    lists: ['lost'],
    resources: ['persistentvolumes', 'persistentvolumeclaims'],
  },
];

/** @param diff from what is live to the backup that is to be restored. */
export function restoreDangers(diff: InventoryDiff): RestoreDanger[] {
  return RULES.flatMap(({ code, says, lists, resources }) => {
    const objects = lists
      .flatMap((list) => diff[list])
      .filter((entry): entry is DiffEntry & { object: ObjectRef } => entry.object !== null)
      .map(({ object }) => object)
      .filter(({ group, resource }) =>
        resources.includes(group === '' ? resource : `${group}/${resource}`),
      );
    return objects.length === 0 ? [] : [{ code, says, objects }];
  });
}
