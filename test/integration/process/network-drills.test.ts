import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { expectNamedAndCured, SYMPTOMS } from '../symptom-drills.ts';
import { drill, workplace } from './kubedrill.ts';

await requireTarget('process');

const TIMEOUT_MS = 5 * 60_000;

describe('the cause is named while the fault lasts, and nothing is lost once it is mended', {
  concurrent: true,
}, () => {
  test.each(SYMPTOMS)('%s: %s', { timeout: TIMEOUT_MS }, (scenario, code) =>
    expectNamedAndCured('process', scenario, code),
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
