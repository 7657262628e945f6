import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { drill, workplace } from './kubedrill.ts';

await requireTarget('process');

const TIMEOUT_MS = 5 * 60_000;

/** What each drill must find while its fault lasts; test/integration/container plays them on containers. */
const SYMPTOMS = [
  ['partition-minority', 'partition-minority'],
  ['partition-no-quorum', 'partition-no-quorum'],
  ['one-way-partition', 'partition-minority'],
  ['address-swap', 'address-swapped'],
  ['address-clash', 'address-clash'],
  ['lossy-network', 'peer-lossy'],
  ['corrupt-minority', 'member-will-not-start'],
  ['corrupt-majority', 'member-will-not-start'],
] as const;

/** Without kube-apiserver it shows the same, and sooner. */
async function expectNamedAndCured(scenario: string, code: string): Promise<void> {
  await using place = await workplace();
  const { record } = await drill(place, [scenario, '--kubernetes', 'none']);
  const [played] = record.drills;
  expect(played?.verdict, played?.reason).toBe('passed');
  const during = played?.findings.filter(({ phase }) => phase === 'impact') ?? [];
  expect(during.map((found) => found.code)).toContain(code);
  expect(during.every(({ expected }) => expected)).toBe(true);
  expect(played?.findings.filter(({ phase }) => phase === 'verify')).toEqual([]);
}

describe('the cause is named while the fault lasts, and nothing is lost once it is mended', {
  concurrent: true,
}, () => {
  test.each(SYMPTOMS)('%s: %s', { timeout: TIMEOUT_MS }, (scenario, code) =>
    expectNamedAndCured(scenario, code),
  );
});

test('a cut between two followers is told although the cluster serves', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const scenario = `name: one-pair
summary: Two of three hosts no longer reach each other, both reach the third
topology: { controlPlanes: 0 }
faults:
  - { fault: one-way-cut, hosts: [etcd-1], with: { from: etcd-2 } }
impact: none
symptoms: { findings: [peer-unreachable], mayAlso: [no-leader] }
restores: false
recovery:
  - runbook: after-network-outage
`;
  const file = join(place.directory, 'scenario.yaml');
  await writeFile(file, scenario);
  const { record } = await drill(place, [file]);
  expect(record.verdict, record.drills[0]?.reason).toBe('passed');
});

test('what only some kernels can do runs there, and is skipped with its reason elsewhere', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const { record } = await drill(place, ['slow-network', '--kubernetes', 'none']);
  const [played] = record.drills;
  if (played?.verdict === 'skipped') expect(played.reason).toContain('cannot delay packets');
  else expect(played?.verdict, played?.reason).toBe('passed');
});

test('a drill for another target is skipped', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const { ended, record } = await drill(place, ['wrong-owner', '--target', 'process']);
  expect(record.drills[0]).toMatchObject({
    verdict: 'skipped',
    reason: expect.stringContaining('not made for target process'),
  });
  expect(ended.exitCode).toBe(3);
});
