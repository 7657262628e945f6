import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate } from './wording.ts';

/** A tool that copied keys without their leases made the addresses of dead API servers permanent. */
export const masterLeasePermanent: Hazard = (content) => {
  const keys = content.unleasedMasterLeases;
  const [first] = keys;
  if (first === undefined) return [];
  return [
    snapshotFinding('master-lease-permanent', {
      message: `the API server address at ${enumerate(keys)} has no lease and will never expire: Service default/kubernetes keeps sending clients there`,
      where: first,
      cure: `after the restore: etcdctl del ${first}`,
    }),
  ];
};
