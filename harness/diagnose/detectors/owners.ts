import { z } from 'zod';
import { tally } from '../../checks/object-set.ts';
import { counted } from '../../checks/wording.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { problemOf } from '../../probes/probe.ts';
import { inParallel } from '../../support/parallel.ts';
import { done, notYet, until } from '../../support/until.ts';
import { heldByName, keyOf } from '../by-name.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Described, Patient, Served } from '../patient.ts';

const ownersSchema = z.object({
  ownerReferences: z
    .array(
      z.object({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() }),
    )
    .default([]),
});
type Owner = z.infer<typeof ownersSchema>['ownerReferences'][number];

interface Owned extends Described {
  owners: Owner[];
}

const CONCURRENCY = 8;
const DOUBTFUL_MAX = 200;
/** A garbage collector that runs has deleted what was an orphan of the moment. */
const PATIENCE_MS = 3000;

/**
 * The garbage collector deletes, without an event and within a second, what names only owners that
 * do not exist, or exist under another uid: objects that were saved and applied again.
 */
export const owners: Detector = {
  name: 'owners',
  title: 'Every object that names owners has one that exists',
  stage: 'ownership',
  async detect(patient) {
    const served = patient.any();
    const { objects, blind } = await patient.described();
    const uids = new Set(objects.map(({ metadata }) => metadata.uid));
    const doubtful = objects
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map((object) => ({ ...object, owners: ownersSchema.parse(object.metadata).ownerReferences }))
      .filter(({ owners }) => owners.length > 0 && owners.every(({ uid }) => !uids.has(uid)));
    const reasons = [...blind, ...patient.unserved];
    if (doubtful.length > DOUBTFUL_MAX)
      reasons.push(
        `only ${DOUBTFUL_MAX} of ${doubtful.length} objects with unknown owners were asked for`,
      );
    const dangling: Owned[] = [];
    await inParallel(doubtful.slice(0, DOUBTFUL_MAX), CONCURRENCY, async (object) => {
      try {
        if (await isOrphan(served, object)) dangling.push(object);
      } catch (thrown) {
        reasons.push(problemOf(thrown));
      }
    });
    const lasting = dangling.length === 0 ? [] : await thoseThatStay(patient, served, dangling);
    return diagnosed(lasting.length === 0 ? [] : [orphans(lasting)], reasons);
  },
};

async function isOrphan(served: Served, { ref, owners }: Owned): Promise<boolean> {
  for (const owner of owners) {
    const [group, version] = owner.apiVersion.includes('/')
      ? owner.apiVersion.split('/')
      : ['', owner.apiVersion];
    const resource = served.discovered.find(
      (each) => each.group === group && each.kind === owner.kind,
    );
    if (resource === undefined) {
      const what = `${owner.kind} (${group === '' ? version : owner.apiVersion})`;
      throw new Error(`the owner of ${ref.resource} ${ref.name} is a ${what}, which is not read`);
    }
    const { resource: plural, namespaced } = resource;
    const place = { group: resource.group, resource: plural, name: owner.name };
    const held = await heldByName(served, {
      ...place,
      namespace: namespaced ? ref.namespace : null,
    });
    if (held?.uid === owner.uid) return false;
  }
  return true;
}

async function thoseThatStay(
  patient: Patient,
  served: Served,
  dangling: readonly Owned[],
): Promise<Owned[]> {
  const { clock, signal } = patient.parts;
  let left = [...dangling];
  await until(
    'the garbage collector has deleted them',
    async () => {
      const held = await inParallel(left, CONCURRENCY, ({ ref }) => heldByName(served, ref));
      left = left.filter((_, index) => held[index] !== null);
      return left.length === 0 ? done(undefined) : notYet(`${left.length} are there`);
    },
    { timeoutMs: PATIENCE_MS, intervalMs: PATIENCE_MS / 3, signal, clock },
  ).catch(() => undefined);
  return left.toSorted((a, b) => keyOf(a.ref).localeCompare(keyOf(b.ref)));
}

function orphans(orphaned: readonly Owned[]): Finding {
  const objects = orphaned.map(({ ref }) => ref);
  const [first] = orphaned;
  const owner = first?.owners[0];
  const { resource, namespace, name } = first?.ref ?? { resource: '', namespace: null, name: '' };
  const at = namespace === null ? '' : `-n ${namespace} `;
  return finding({
    code: 'owner-missing',
    severity: 'error',
    message:
      `${counted(objects.length, 'object')} (${tally(objects)}) will be deleted without an event as soon as` +
      ' the garbage collector of kube-controller-manager looks: no owner that they name exists, as the' +
      ` ${owner?.kind} ${owner?.name} with uid ${owner?.uid} of the ${resource} ${name}.`,
    where: namespace ?? 'the cluster',
    objects,
    cure:
      'Before kube-controller-manager starts (or while it runs with' +
      ' --controllers=*,-garbage-collector-controller): export them (`kubectl get -o yaml`), and of those' +
      ` to be kept remove the references: \`kubectl ${at}patch ${resource} ${name} --type=json` +
      ` -p '[{"op":"remove","path":"/metadata/ownerReferences"}]'\`.`,
  });
}
