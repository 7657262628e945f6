import { alarms as check } from '../../checks/alarms.ts';
import { byCheck, type Detector } from '../detector.ts';

export const alarms: Detector = {
  name: 'alarms',
  title: 'No etcd alarm is raised, nor came along with the snapshot',
  stage: 'etcd',
  needs: 'etcd',
  detect: byCheck(check, ['alarms', 'member-list', 'member-status']),
};
