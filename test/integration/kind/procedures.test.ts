import { describe, expect, test } from 'vitest';
import { skipUnlessNightly } from '../nightly.ts';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';

await requireTarget('kind');

const TIMEOUT_MS = 25 * 60_000;

/** Two to six minutes each. */
const PROCEDURES = [
  'kubeadm-certificates-lost',
  'guide-kubeadm-single-master-etcd',
  'guide-kubeadm-pki-and-job-restore',
  'guide-gdc-vmware-admin-static-pods',
  'guide-gdc-vmware-admin-script',
  'kubeadm-same-bump-twice',
  'kubeadm-split-brain',
  'kubeadm-mixed-snapshots',
  'kubeadm-old-members-keep-quorum',
];

describe('published and wrong procedures on kubeadm clusters', () => {
  test.for(PROCEDURES)(
    '%s shows what it was made for',
    { timeout: TIMEOUT_MS },
    async (scenario, context) => {
      skipUnlessNightly(context);
      await using place = await workplace();
      const { ended, record } = await drill(place, [scenario]);
      const [first] = record.drills;
      expect(first?.verdict, first?.reason).toBe('reproduced');
      expect(ended.exitCode).toBe(0);
    },
  );
});
