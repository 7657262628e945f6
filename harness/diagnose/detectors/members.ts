import { identity } from '../../checks/identity.ts';
import { byCheck, type Detector, diagnosed } from '../detector.ts';

const examine = byCheck(identity, ['member-status', 'member-list']);

export const members: Detector = {
  name: 'members',
  title: 'The etcd members are one cluster with one leader, and no two are the same member',
  stage: 'etcd',
  needs: 'etcd',
  async detect(patient) {
    const { findings, reason } = await examine(patient);
    // From here a firewall looks like a dead member.
    const silent = findings.filter(({ code }) => code === 'member-unreachable');
    const blind = [...silent.map(({ message }) => message), ...(reason === null ? [] : [reason])];
    return diagnosed(
      findings.filter((found) => !silent.includes(found)),
      blind,
    );
  },
};
