import { describe, expect, test } from 'vitest';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { type Day, skipUnlessItIs } from '../turns.ts';

await requireTarget('kind');

const TIMEOUT_MS = 25 * 60_000;

const PROCEDURES: [scenario: string, day: Day][] = [
  // One control plane, two to four minutes each.
  ['guide-kubeadm-single-master-etcd', 'Monday'],
  ['guide-kubeadm-pki-and-job-restore', 'Tuesday'],
  ['guide-gdc-vmware-admin-script', 'Wednesday'],
  ['kubeadm-same-bump-twice', 'Thursday'],
  ['kubeadm-certificates-lost', 'Friday'],
  ['guide-gdc-vmware-admin-static-pods', 'Saturday'],
  // Three control planes, five to six minutes each.
  ['kubeadm-old-members-keep-quorum', 'Tuesday'],
  ['kubeadm-mixed-snapshots', 'Thursday'],
  ['kubeadm-split-brain', 'Saturday'],
];

describe('published and wrong procedures on kubeadm clusters', () => {
  test.for(PROCEDURES)(
    '%s shows what it was made for',
    { timeout: TIMEOUT_MS },
    async ([scenario, day], context) => {
      skipUnlessItIs(day, context);
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
