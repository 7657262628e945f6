import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DrillRecord } from '../../../harness/model/record.ts';
import { drill, type Workplace, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { type Day, skipUnlessItIs } from '../turns.ts';
import { leftOf } from './left-of.ts';

await requireTarget('kind');

/** Creating a cluster takes half a minute to two; the first one also builds the node image. */
const TIMEOUT_MS = 25 * 60_000;

interface Case {
  scenario: string;
  verdict: 'passed' | 'reproduced';
  /** What was out for a while, at least. */
  outages: string[];
  /** Of which parts some were, too. */
  parts?: RegExp[];
}

/** A minute and a half each on two cores; with three control planes three. */
const DAILY: Case[] = [
  // It is restored in place.
  { scenario: 'kubeadm-data-loss', verdict: 'passed', outages: ['etcd', 'api', 'new pod'] },
  // It is rebuilt with the same name and address, and everything on it was out meanwhile.
  {
    scenario: 'kubeadm-master-rebuild',
    verdict: 'passed',
    outages: ['etcd', 'api', 'dns', 'ingress', 'new pod'],
    parts: [/^external name$/, /^coredns-\S+ pod$/, /^kube-dns from /, /^shop from /],
  },
  // Three lose the quorum. Of the pods behind DNS and ingress some are on the one that stays.
  {
    scenario: 'kubeadm-quorum-loss',
    verdict: 'passed',
    outages: ['etcd', 'api', 'new pod'],
    parts: [/control-plane/, /^shop from /],
  },
];

/** Three control planes: three minutes and more each, and both cores. */
const WEEKLY: (Case & { day: Day })[] = [
  // One is replaced by a machine that joins.
  {
    scenario: 'kubeadm-control-plane-replaced',
    verdict: 'reproduced',
    outages: [],
    day: 'Friday',
  },
  { scenario: 'kubeadm-control-plane-reset', verdict: 'reproduced', outages: [], day: 'Wednesday' },
  // One member is replaced as a static pod.
  { scenario: 'kubeadm-wiped-data-dir', verdict: 'passed', outages: [], day: 'Thursday' },
  { scenario: 'kubeadm-member-loss', verdict: 'passed', outages: [], day: 'Saturday' },
];

describe('drills on kubeadm clusters', () => {
  test.for(DAILY)('$scenario ends $verdict', { timeout: TIMEOUT_MS }, endsAsTold);

  test.for(WEEKLY)('$scenario ends $verdict', { timeout: TIMEOUT_MS }, async (each, context) => {
    skipUnlessItIs(each.day, context);
    await endsAsTold(each);
  });

  test('quorum-loss finds the same of the objects as on target process', {
    timeout: TIMEOUT_MS,
  }, async (context) => {
    skipUnlessItIs('Sunday', context);
    const looks = [];
    for (const target of ['process', 'kind']) {
      await using place = await workplace();
      const { record } = await drill(place, ['quorum-loss', '--target', target]);
      expect(record.drills[0]?.verdict, record.drills[0]?.reason).toBe('passed');
      looks.push(objectLooks(record.drills[0]));
    }
    expect(looks[1]).toEqual(looks[0]);
    expect(looks[0]).toContain('object-content: pass');
  });
});

async function endsAsTold({ scenario, verdict, outages, parts = [] }: Case): Promise<void> {
  await using place = await workplace();
  const theirs = await kubeconfigOfUser(place);
  const { ended, record } = await drill(place, [scenario], theirs.env);
  const [first] = record.drills;
  expect(first?.verdict, first?.reason).toBe(verdict);
  expect(ended.exitCode).toBe(0);
  expect([...new Set(first?.outages.map(({ probe }) => probe))]).toEqual(
    expect.arrayContaining(outages),
  );
  for (const part of parts)
    expect(first?.outages).toContainEqual(
      expect.objectContaining({ part: expect.stringMatching(part) }),
    );
  // It has come right: what was out until then is so no more. The last looks keep the machine busy for a moment.
  const settle = first?.phases.findLast(({ name }) => name === 'settle');
  const settledMs = (settle?.startMs ?? 0) + (settle?.durationMs ?? 0);
  const lasting = first?.outages.filter((each) => each.lasting && each.startMs < settledMs);
  expect(lasting).toEqual([]);
  if (outages.includes('ingress')) expect(first?.rto?.ingressAnsweringMs).toBeGreaterThan(0);
  expect(await leftOf(record.runId)).toEqual([]);
  expect(await readFile(theirs.file, 'utf8')).toBe(theirs.content);
}

/** A user who works on another cluster: every drill has to leave that as it is. */
async function kubeconfigOfUser({ directory }: Workplace) {
  const file = join(directory, 'kubeconfig-of-user');
  const content = 'apiVersion: v1\nkind: Config\ncurrent-context: production\n';
  await writeFile(file, content);
  return { file, content, env: { KUBECONFIG: file } };
}

/** What the checks say that compare objects with the backup. */
function objectLooks(drilled: DrillRecord | undefined): string[] {
  const objects = ['sentinels', 'object-counts', 'object-content', 'object-views'];
  const checks = drilled?.checks.filter(
    ({ phase, name }) => phase === 'verify' && objects.includes(name),
  );
  return (checks ?? []).flatMap(({ name, verdict, findingCodes }) => [
    `${name}: ${verdict}`,
    ...findingCodes.map((code) => `${name}: ${code}`),
  ]);
}
