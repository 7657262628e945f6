import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../../harness/exec/run.ts';
import { cacheFolder } from '../../../harness/toolchain/cache.ts';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';

await requireTarget('kind');

/** Creating a cluster takes half a minute to two; the first one also builds the node image. */
const TIMEOUT_MS = 25 * 60_000;

describe('drills on kubeadm clusters', () => {
  test.each([
    { scenario: 'kubeadm-data-loss', verdict: 'passed' },
    { scenario: 'kubeadm-master-rebuild', verdict: 'passed' },
    { scenario: 'kubeadm-quorum-loss', verdict: 'passed' },
    { scenario: 'kubeadm-member-loss', verdict: 'passed' },
    { scenario: 'kubeadm-control-plane-replaced', verdict: 'reproduced' },
  ])(
    '$scenario ends $verdict and leaves nothing',
    { timeout: TIMEOUT_MS },
    async ({ scenario, verdict }) => {
      await using place = await workplace();
      const { ended, record } = await drill(place, [scenario]);
      const [first] = record.drills;
      expect(first?.verdict, first?.reason).toBe(verdict);
      expect(ended.exitCode).toBe(0);
      expect(await leftOf(record.runId)).toEqual([]);
    },
  );

  test('a rebuilt control plane has its outages told, ingress too', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await using place = await workplace();
    const { record } = await drill(place, ['kubeadm-master-rebuild', '--objects', '20']);
    const probes = new Set(record.drills[0]?.outages.map(({ probe }) => probe));
    expect([...probes].sort()).toEqual(['api', 'dns', 'etcd', 'ingress']);
    expect(record.drills[0]?.rto?.ingressAnsweringMs).toBeGreaterThan(0);
  });

  test("the user's kubeconfig stays as it is", { timeout: TIMEOUT_MS }, async () => {
    await using place = await workplace();
    const folder = join(place.directory, 'home', '.kube');
    const kubeconfig = join(folder, 'config');
    const content = 'apiVersion: v1\nkind: Config\ncurrent-context: production\n';
    await mkdir(folder, { recursive: true });
    await writeFile(kubeconfig, content);
    const { ended } = await drill(place, ['kubeadm-data-loss', '--objects', '20'], {
      HOME: join(place.directory, 'home'),
      KUBECONFIG: kubeconfig,
      KUBEDRILL_CACHE: cacheFolder(process.env),
    });
    expect(ended.exitCode).toBe(0);
    expect(await readFile(kubeconfig, 'utf8')).toBe(content);
  });
});

/** Containers and networks of a run that are still there. */
async function leftOf(runId: string): Promise<string[]> {
  const names = async (args: string[]) => {
    const { stdout } = await run('docker', args, { timeoutMs: 30_000 });
    return stdout.split('\n');
  };
  const all = [
    ...(await names(['ps', '--all', '--format', '{{.Names}}'])),
    ...(await names(['network', 'ls', '--format', '{{.Name}}'])),
  ];
  return all.filter((name) => name.startsWith(`kd-${runId.slice(-4)}-`) || name.includes(runId));
}
