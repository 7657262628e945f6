import type { Examination } from '../model/check.ts';

/** Who hears of nothing new since a restore. */
export type Deaf = 'controller-deaf' | 'scheduler-deaf' | 'kubelet-deaf';

export const RESTART: Record<Deaf, string> = {
  'controller-deaf':
    'When every API server is sound, restart kube-controller-manager on every control plane' +
    ' (`systemctl restart kube-controller-manager`; as a static pod, move its manifest away and back).',
  'scheduler-deaf':
    'When every API server is sound, restart kube-scheduler on every control plane' +
    ' (`systemctl restart kube-scheduler`; as a static pod, move its manifest away and back).',
  'kubelet-deaf': 'When every API server is sound, `systemctl restart kubelet` on',
};

export const WHO_IS_DEAF: Record<Deaf, string> = {
  'controller-deaf': 'kube-controller-manager has not looked at',
  'scheduler-deaf': 'kube-scheduler has not looked at',
  'kubelet-deaf': 'has not taken up',
};

/** Where nobody has a reason to look at what waits for a node. */
export const NO_NODE: Examination = {
  verdict: 'skipped',
  reason: 'there is no node for anything to run on',
  findings: [],
};
