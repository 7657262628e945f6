import { encryption as check } from '../../checks/encryption.ts';
import { byCheck, type Detector } from '../detector.ts';

/** Seen from etcd alone, where each value says how it is stored; no Secret is asked for. */
export const encryption: Detector = {
  name: 'encryption',
  title: 'No part of what is stored encrypted is stored as plain text',
  stage: 'api-servers',
  needs: 'etcd',
  detect: byCheck(check, ['etcd-objects', 'api-list']),
};
