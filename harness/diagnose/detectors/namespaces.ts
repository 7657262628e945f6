import { z } from 'zod';
import { tally } from '../../checks/object-set.ts';
import { counted, lasted, listedFirst } from '../../checks/wording.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { heldByName } from '../by-name.ts';
import { conditionedStatusSchema } from '../conditioned.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Described, Patient } from '../patient.ts';

/** Controllers that run empty a Namespace within seconds. */
const STUCK_MS = 60_000;

const namespaceSchema = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
  status: conditionedStatusSchema,
});

/** A backup may hold Namespaces that were half deleted, and objects whose Namespace it does not hold. */
export const namespaces: Detector = {
  name: 'namespaces',
  title: 'No Namespace hangs in its deletion, and no object is in one that does not exist',
  stage: 'objects',
  async detect(patient) {
    const all = (await patient.objects(RESOURCES.namespaces)).map((each) =>
      namespaceSchema.parse(each),
    );
    const nowMs = await patient.nowMs();
    const stuck = all.flatMap(({ metadata: { name, deletionTimestamp }, status }) => {
      const sinceMs = deletionTimestamp === undefined ? 0 : nowMs - Date.parse(deletionTimestamp);
      if (sinceMs < STUCK_MS) return [];
      return hanging(name, sinceMs, status.conditions);
    });
    const { objects, blind } = await patient.described();
    const names = new Set(all.map(({ metadata }) => metadata.name));
    const homeless = Map.groupBy(
      objects.filter(({ ref }) => ref.namespace !== null && !names.has(ref.namespace)),
      ({ ref }) => ref.namespace ?? '',
    );
    const missing = await Promise.all(
      [...homeless].map(async ([name, held]) =>
        (await exists(patient, name)) ? [] : [withoutNamespace(name, held)],
      ),
    );
    return diagnosed([...stuck, ...missing.flat()], [...blind, ...patient.unserved]);
  },
};

/** It may have been made after the list. */
async function exists(patient: Patient, name: string): Promise<boolean> {
  const ref = { group: '', resource: 'namespaces', namespace: null, name };
  return (await heldByName(patient.any(), ref)) !== null;
}

function hanging(
  name: string,
  sinceMs: number,
  conditions: readonly { type: string; status: string; message: string }[],
): Finding {
  const why = conditions
    .filter(({ status, message }) => status === 'True' && message !== '')
    .map(({ message }) => message.replace(/\.$/, ''));
  const says = why.length === 0 ? 'nobody says why: no controller works on it' : listedFirst(why);
  return finding({
    code: 'namespace-stuck-terminating',
    severity: 'warning',
    message: `The Namespace ${name} has been in deletion for ${lasted(sinceMs)}: ${says}.`,
    where: name,
    objects: [{ group: '', resource: 'namespaces', namespace: null, name }],
    cure:
      `Bring back the controller of the finalizer or the aggregated API that it names; \`kubectl get` +
      ` namespace ${name} -o yaml\` tells. Only when nothing outside is to be cleaned up, remove the` +
      ' finalizer from the objects that hold it.',
  });
}

function withoutNamespace(name: string, held: readonly Described[]): Finding {
  const objects = held.map(({ ref }) => ref);
  return finding({
    code: 'namespace-missing',
    severity: 'error',
    message:
      `${counted(objects.length, 'object')} (${tally(objects)}) ${objects.length === 1 ? 'is' : 'are'} in` +
      ` the Namespace ${name}, which does not exist: made through a stale list, or restored in part.`,
    where: name,
    objects,
    cure: `\`kubectl create namespace ${name}\`, then look through it and delete what is not wanted.`,
  });
}
