import { listRevision as check } from '../../checks/list-revision.ts';
import { byCheck, type Detector } from '../detector.ts';

export const listRevision: Detector = {
  name: 'list-revision',
  title: 'No API server lists a revision that etcd has not reached',
  stage: 'api-servers',
  needs: 'etcd',
  detect: byCheck(check, ['api-list', 'member-status']),
};
