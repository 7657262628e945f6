import { expect, test } from 'vitest';
import { killEtcd } from '../../../harness/faults/host-state.ts';
import { requireTarget } from '../required.ts';
import { skipUnlessItIs } from '../turns.ts';
import { startLiveCluster } from './live-cluster.ts';

await requireTarget('kind');

const TIMEOUT_MS = 25 * 60_000;
/** Of a network for documents: nobody is there. */
const OUTSIDE = '192.0.2.53';
const FREEZE_A_PROCESS = `
own=/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' /proc/1/cgroup)
[ -d "$own" ] || exit 0 # Control groups of version 2 are killed frozen or not.
mkdir "$own/stuck"
sleep infinity >/dev/null 2>&1 &
until grep --quiet sleep /proc/$!/comm; do :; done # Before, it holds what the script writes to.
echo $! >"$own/stuck/cgroup.procs"
echo FROZEN >"$own/stuck/freezer.state"`;
const STORE = '/var/lib/containerd/io.containerd.content.v1.content';

test('a node has no way out, its static pod of etcd can be killed for good, and it ends whatever is frozen in it', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  skipUnlessItIs('Friday', context);
  const { cluster, controlPlane, worker, on, end } = await startLiveCluster();
  try {
    for (const host of [controlPlane, worker]) {
      // Refused, not lost: whoever asks does not wait.
      const asked = await on(host, `dig +tries=1 +time=10 @${OUTSIDE} example.org || true`);
      expect(asked, host).toContain('connection refused');
      // What is near is answered: CoreDNS through the Service.
      expect(await on(host, 'dig +short @10.96.0.10 kubernetes.default.svc.cluster.local')).toBe(
        '10.96.0.1',
      );
      // Docker copies what an image has under /var; the layers are beside it.
      expect(await on(host, `readlink ${STORE}`)).toBe('/usr/local/lib/kubedrill/layers');
    }
    expect(await on(controlPlane, 'pidof etcd')).toMatch(/^\d+$/);
    await killEtcd(cluster, controlPlane);
    expect(await on(controlPlane, 'pidof etcd || echo none')).toBe('none');
    expect(await on(controlPlane, 'ls /etc/kubernetes/manifests')).not.toContain('etcd.yaml');
    await on(controlPlane, 'systemctl start etcd');
    await on(controlPlane, 'ls /etc/kubernetes/manifests/etcd.yaml');
    // As runc leaves them when it is killed at its work: the nodes below are removed all the same.
    for (const host of [controlPlane, worker]) await on(host, FREEZE_A_PROCESS);
  } finally {
    expect(await end()).toEqual([]);
  }
});
