import { describeObject, type Finding, finding, type ObjectRef } from '../../model/finding.ts';
import { keyOf } from '../by-name.ts';
import { type Detector, diagnosed } from '../detector.ts';
import { type TakenAddress, takenAddresses } from '../ip-addresses.ts';

/** A restored store has never heard of the Services that were made since, and gives their addresses away. */
export const reassignedAddresses: Detector = {
  name: 'reassigned-addresses',
  title: 'No address that the baseline knew to be taken belongs to another Service now',
  stage: 'network',
  needs: 'baseline',
  async detect(patient) {
    const { baseline } = patient.parts;
    if (baseline === undefined) throw new Error('no baseline was given');
    const taken = await takenAddresses(patient);
    if (taken === null)
      return {
        verdict: 'skipped',
        reason: 'addresses are no objects here (they are from Kubernetes 1.33 on)',
        findings: [],
      };
    const { entries } = baseline.inventory;
    const uids = new Map(
      entries
        .filter(
          ({ group, resource }) => group === 'networking.k8s.io' && resource === 'ipaddresses',
        )
        .map(({ name, uid }) => [name, uid]),
    );
    const services = new Set(entries.filter(({ resource }) => resource === 'services').map(keyOf));
    const moved = taken.flatMap(({ address, uid, service }: TakenAddress): Finding[] => {
      const before = uids.get(address);
      if (service === null || uid === null || before == null || before === uid) return [];
      const owner = { group: '', resource: 'services', ...service };
      // Whoever was there before has got its own address back.
      return services.has(keyOf(owner)) ? [] : [reassigned(address, owner, baseline.takenAt)];
    });
    return diagnosed(moved, patient.unserved);
  },
};

function reassigned(address: string, owner: ObjectRef, takenAt: string): Finding {
  return finding({
    code: 'service-address-taken',
    severity: 'error',
    message:
      `The address ${address} was that of another Service in the baseline of ${takenAt}, and belongs` +
      ` to ${describeObject(owner)} now, which was not there: whoever still calls the other one by its` +
      ' address reaches this one.',
    where: address,
    objects: [owner],
    cure:
      'Find the lost Service (the finding baseline-lost names it, its manifest the address). Give this' +
      ` one another address: \`kubectl -n ${owner.namespace} get service ${owner.name} -o yaml\`, delete it,` +
      ' and apply it without clusterIP and clusterIPs; then make the lost one with its own.',
  });
}
