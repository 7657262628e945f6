import { apiReads as check } from '../../checks/api-reads.ts';
import { byCheck, type Detector, diagnosed } from '../detector.ts';

const examine = byCheck(check, ['api-list']);

export const apiReads: Detector = {
  name: 'api-reads',
  title: 'Each API server lists every resource without an error',
  stage: 'api-servers',
  async detect(patient) {
    const { findings, reason } = await examine(patient);
    return diagnosed(findings, reason === null ? patient.unserved : [reason]);
  },
};
