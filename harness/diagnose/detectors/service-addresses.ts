import { z } from 'zod';
import { listed, listedFirst } from '../../checks/wording.ts';
import { refOf } from '../../kube/resource.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { describeObject, type Finding, finding, type ObjectRef } from '../../model/finding.ts';
import { type Detector, diagnosed } from '../detector.ts';
import { takenAddresses } from '../ip-addresses.ts';
import type { Patient } from '../patient.ts';

const serviceSchema = z.object({
  spec: z.object({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().default(''),
    clusterIPs: z.array(z.string()).default([]),
    ports: z
      .array(z.object({ protocol: z.string().default('TCP'), nodePort: z.number().default(0) }))
      .default([]),
  }),
});

interface Claim {
  what: 'cluster IP' | 'node port';
  held: string;
  ref: ObjectRef;
}

/** Addresses are given out from what etcd says is taken; a lost row is given out again. */
export const serviceAddresses: Detector = {
  name: 'service-addresses',
  title: 'No two Services share a cluster IP or a node port, and each address is allocated',
  stage: 'network',
  async detect(patient) {
    const claims = (await patient.objects(RESOURCES.services)).flatMap((object) => {
      const { spec } = serviceSchema.parse(object);
      return claimsOf(refOf(RESOURCES.services, object), spec);
    });
    const shared = [...Map.groupBy(claims, ({ what, held }) => `${what} ${held}`).values()].filter(
      (same) => same.length > 1,
    );
    const sharedIps = new Set(shared.flatMap((same) => same.map(({ held }) => held)));
    return diagnosed(
      [...shared.map(twice), ...(await unallocated(patient, claims, sharedIps))],
      patient.unserved,
    );
  },
};

function claimsOf(ref: ObjectRef, spec: z.infer<typeof serviceSchema>['spec']): Claim[] {
  if (spec.type === 'ExternalName') return [];
  const ips = new Set([spec.clusterIP, ...spec.clusterIPs]);
  const ports = new Set(
    spec.ports
      .filter(({ nodePort }) => nodePort > 0)
      .map((port) => `${port.protocol} ${port.nodePort}`),
  );
  return [
    ...[...ips]
      .filter((ip) => ip !== '' && ip !== 'None')
      .map((held): Claim => ({ what: 'cluster IP', held, ref })),
    ...[...ports].map((held): Claim => ({ what: 'node port', held, ref })),
  ];
}

function twice(same: readonly Claim[]): Finding {
  const { what, held } = same[0] ?? { what: 'cluster IP', held: '' };
  const objects = same.map(({ ref }) => ref);
  const last = objects.at(-1);
  const isIp = what === 'cluster IP';
  return finding({
    code: isIp ? 'cluster-ip-duplicate' : 'node-port-duplicate',
    severity: 'error',
    message:
      `${listed(objects.map(describeObject))} share the ${what} ${held}: who is answered by whom is` +
      ' left to each node.',
    where: held,
    objects,
    cure: isIp
      ? `Make the younger one anew, so that it gets another address: \`kubectl -n ${last?.namespace} get` +
        ` service ${last?.name} -o yaml\`, delete it, and apply it without clusterIP and clusterIPs.`
      : `Give one of them another port: \`kubectl -n ${last?.namespace} edit service ${last?.name}\`.`,
  });
}

async function unallocated(
  patient: Patient,
  claims: readonly Claim[],
  shared: ReadonlySet<string>,
): Promise<Finding[]> {
  const taken = await takenAddresses(patient);
  if (taken === null) return [];
  const owners = new Map(
    taken.map(({ address, service }) => [address, `${service?.namespace}/${service?.name}`]),
  );
  const free = claims.filter(
    ({ what, held, ref }) =>
      what === 'cluster IP' &&
      !shared.has(held) &&
      owners.get(held) !== `${ref.namespace}/${ref.name}`,
  );
  if (free.length === 0) return [];
  return [
    finding({
      code: 'cluster-ip-unallocated',
      severity: 'warning',
      message:
        `The cluster IP of ${listedFirst(free.map(({ held, ref }) => `${describeObject(ref)} (${held})`))}` +
        ' is not written down as taken: another Service may be given it too.',
      where: free[0]?.held ?? '',
      objects: free.map(({ ref }) => ref),
      cure:
        'kube-apiserver repairs it within a few minutes; if it stays,' +
        ' `kubectl get events -A --field-selector reason=ClusterIPNotAllocated` tells why.',
    }),
  ];
}
