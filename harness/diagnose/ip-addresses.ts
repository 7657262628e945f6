import { z } from 'zod';
import type { Patient } from './patient.ts';

const ipAddressSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string().nullish() }),
  spec: z.object({
    parentRef: z.object({ namespace: z.string().default(''), name: z.string() }).nullish(),
  }),
});

/** An address that is written down as taken, by an object that bears it as its name. */
export interface TakenAddress {
  address: string;
  uid: string | null;
  service: { namespace: string; name: string } | null;
}

/** From Kubernetes 1.33 on every cluster IP has one. @returns null where there are none. @throws ApiError */
export async function takenAddresses(patient: Patient): Promise<TakenAddress[] | null> {
  const resource = patient
    .any()
    .discovered.find(
      (each) =>
        each.preferred && each.group === 'networking.k8s.io' && each.resource === 'ipaddresses',
    );
  if (resource === undefined) return null;
  return (await patient.objects(resource)).map((object) => {
    const { metadata, spec } = ipAddressSchema.parse(object);
    return {
      address: metadata.name,
      uid: metadata.uid ?? null,
      service: spec.parentRef ?? null,
    };
  });
}
