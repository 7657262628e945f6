import { describe, expect, test } from 'vitest';
import { skipUnlessNightly } from '../nightly.ts';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';

await requireTarget('kind');

const TIMEOUT_MS = 25 * 60_000;

/** One control plane, two to four minutes each. */
const CI = ['guide-gdc-vmware-admin-static-pods'];
const NIGHTLY_TOO = [
  'kubeadm-same-bump-twice',
  'kubeadm-certificates-lost',
  'guide-kubeadm-single-master-etcd',
  'guide-kubeadm-pki-and-job-restore',
  'guide-gdc-vmware-admin-script',
  // Three control planes, five to six minutes each.
  'kubeadm-split-brain',
  'kubeadm-mixed-snapshots',
  'kubeadm-old-members-keep-quorum',
];

describe('published and wrong procedures on kubeadm clusters', () => {
  test.for(CI)('%s shows what it was made for', { timeout: TIMEOUT_MS }, showsIt);

  test.for(NIGHTLY_TOO)(
    '%s shows what it was made for',
    { timeout: TIMEOUT_MS },
    async (scenario, context) => {
      skipUnlessNightly(context);
      await showsIt(scenario);
    },
  );
});

async function showsIt(scenario: string): Promise<void> {
  await using place = await workplace();
  const { ended, record } = await drill(place, [scenario]);
  const [first] = record.drills;
  expect(first?.verdict, first?.reason).toBe('reproduced');
  expect(ended.exitCode).toBe(0);
}
