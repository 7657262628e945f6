import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate } from './wording.ts';

/** A tool that copied keys without their leases made the addresses of dead API servers permanent. */
export const masterLeasePermanent: Hazard = ({ unleasedMasterLeases: addresses }) => {
  const [first] = addresses;
  if (first === undefined) return [];
  return [
    snapshotFinding('master-lease-permanent', {
      message: `API server address ${enumerate(addresses)} has no lease and will never expire: Service default/kubernetes keeps sending clients there`,
      where: `masterleases ${first}`,
      cure: `after the restore: etcdctl del /registry/masterleases/${first}`,
    }),
  ];
};
