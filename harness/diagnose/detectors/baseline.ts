import { z } from 'zod';
import { comesAndGoes } from '../../checks/may-change.ts';
import { tally } from '../../checks/object-set.ts';
import { counted } from '../../checks/wording.ts';
import type { DrillFacts } from '../../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../../model/finding.ts';
import type { Baseline } from '../../objects/baseline.ts';
import type { InventoryEntry } from '../../objects/inventory.ts';
import { isVolatile } from '../../objects/object-key.ts';
import { keyOf } from '../by-name.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Described } from '../patient.ts';
import { NEVER_READ } from '../rights.ts';

/** Times of objects have seconds. */
const SECOND_MS = 1000;

/** What the inventory of before the disaster has and the cluster has not, and the other way round. */
export const baseline: Detector = {
  name: 'baseline',
  title: 'Every object of the baseline is there, and nothing that it knew to be deleted',
  stage: 'objects',
  needs: 'baseline',
  async detect(patient) {
    const { baseline: given } = patient.parts;
    if (given === undefined) throw new Error('no baseline was given');
    const { objects, blind } = await patient.described();
    const readable = new Set(
      patient
        .any()
        .discovered.filter(({ preferred }) => preferred)
        .map(resourceOf),
    );
    const unread = new Set(blind.map((reason) => reason.split(' ')[0] ?? ''));
    const facts = await patient.facts();
    const compared = (ref: ObjectRef) =>
      isSteady(ref, facts) && readable.has(resourceOf(ref)) && !unread.has(ref.resource);
    const before = new Map(
      given.inventory.entries.filter(compared).map((entry) => [keyOf(entry), entry]),
    );
    const now = objects.filter((object) => compared(object.ref));
    return diagnosed(differences(given, before, now), [...blind, ...patient.unserved]);
  },
};

/** Not what controllers make anew all the time. */
function isSteady(ref: ObjectRef, facts: DrillFacts): boolean {
  return !isVolatile(ref) && ref.resource !== NEVER_READ && !comesAndGoes(ref, facts);
}

function isJob({ group, resource }: ObjectRef): boolean {
  return group === 'batch' && resource === 'jobs';
}

const ownedSchema = z.object({
  ownerReferences: z.array(z.object({ kind: z.string() })).default([]),
});

/** Who makes them makes them anew, too. */
function isOwnedJob({ ref, metadata }: Described): boolean {
  return isJob(ref) && ownedSchema.parse(metadata).ownerReferences.length > 0;
}

function isMadeByCronJob({ metadata }: Described): boolean {
  return ownedSchema.parse(metadata).ownerReferences.some(({ kind }) => kind === 'CronJob');
}

function resourceOf({ group, resource }: Pick<ObjectRef, 'group' | 'resource'>): string {
  return `${group}/${resource}`;
}

function differences(
  { takenAt }: Baseline,
  before: ReadonlyMap<string, InventoryEntry>,
  now: readonly Described[],
): Finding[] {
  const present = new Map(now.map((object) => [keyOf(object.ref), object]));
  const takenAtMs = Date.parse(takenAt);
  // Jobs that have ended go by themselves; one that is back begins anew.
  const lost = [...before]
    .filter(([key, entry]) => !present.has(key) && !isJob(entry))
    .map(([, entry]) => entry);
  const resurrected = now.filter(
    (object) =>
      !before.has(keyOf(object.ref)) &&
      Date.parse(object.metadata.creationTimestamp ?? '') < takenAtMs - SECOND_MS &&
      !isOwnedJob(object),
  );
  const anew = now.filter(({ ref, metadata }) => {
    const uid = before.get(keyOf(ref))?.uid;
    return uid != null && metadata.uid !== undefined && uid !== metadata.uid;
  });
  // A CronJob names its Jobs after the moment that they are for.
  const repeated = anew.filter((object) => isJob(object.ref) && isMadeByCronJob(object));
  const recreated = anew.filter((object) => !isOwnedJob(object));
  const refs = (all: readonly Described[]) => all.map(({ ref }) => ref);
  return [
    ...about('baseline-lost', lost.map(withoutKey), takenAt),
    ...about('baseline-resurrected', refs(resurrected), takenAt),
    ...about('baseline-recreated', refs(recreated), takenAt),
    ...about('scheduled-run-repeated', refs(repeated), takenAt),
  ];
}

function withoutKey({ group, resource, namespace, name }: InventoryEntry): ObjectRef {
  return { group, resource, namespace, name };
}

const WORDS = {
  'baseline-lost': {
    says: 'of the baseline are not there: made after the backup that was restored, or deleted since',
    cure:
      'Apply them again from where they are kept (Git, Helm), without ownerReferences, uid and' +
      ' resourceVersion; a Service may have to give up its old cluster IP. A volume first with the policy' +
      ' Retain and a claimRef without uid, or its data is deleted.',
  },
  'baseline-resurrected': {
    says: 'are back that had been deleted before the baseline was taken: rights and workloads among them work again',
    cure: 'Delete what was deleted on purpose, RoleBindings, ServiceAccounts and Jobs first:',
  },
  'baseline-recreated': {
    says: 'have the name of one of the baseline and are another: what names the old uid does not find them',
    cure: 'Look whether they were made anew on purpose; tokens and owner references of the old ones are void.',
  },
  'scheduled-run-repeated': {
    says: 'of a CronJob are there anew, for a moment that had its run before the restore',
    cure: 'Delete them, if they must not be done twice; the CronJob remembers the moment now:',
  },
} as const;

/** A finding shows some of its objects: first those that cost most when nobody sees them. */
const FIRST = [
  ...['clusterrolebindings', 'rolebindings', 'serviceaccounts', 'namespaces', 'jobs'],
  ...['persistentvolumes', 'persistentvolumeclaims', 'services', 'statefulsets', 'deployments'],
];

function rank({ resource }: ObjectRef): number {
  const place = FIRST.indexOf(resource);
  return place < 0 ? FIRST.length : place;
}

function about(code: keyof typeof WORDS, found: readonly ObjectRef[], takenAt: string): Finding[] {
  const objects = found.toSorted((a, b) => rank(a) - rank(b));
  const [first] = objects;
  if (first === undefined) return [];
  const { says, cure } = WORDS[code];
  const at = first.namespace === null ? '' : `-n ${first.namespace} `;
  const command = ` \`kubectl ${at}delete ${first.resource} ${first.name}\`.`;
  return [
    finding({
      code,
      severity: code === 'baseline-recreated' ? 'warning' : 'error',
      message: `${counted(objects.length, 'object')} (${tally(objects)}) ${says}; baseline of ${takenAt}.`,
      where: first.namespace ?? 'the cluster',
      objects,
      cure: cure.endsWith(':') ? `${cure}${command}` : cure,
    }),
  ];
}
