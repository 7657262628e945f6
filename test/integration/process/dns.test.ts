import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { drill, workplace } from './kubedrill.ts';

await requireTarget('process');

const SCENARIO = `name: ours
summary: Every CoreDNS is lost with its host
topology: { members: 3, controlPlanes: 3, dns: true }
objects: { count: 100 }
faults:
  - fault: power-off
    hosts: all
    with: { wipe: true }
recovery:
  - runbook: restore-all-members
`;

test('after a good restore every CoreDNS answers again, and the drill knows since when', async () => {
  await using place = await workplace();
  const file = join(place.directory, 'scenario.yaml');
  await writeFile(file, SCENARIO);
  const run = join(place.directory, 'run');
  const { ended, record } = await drill(place, [file, '--out', run]);
  const [only] = record.drills;
  expect([ended.exitCode, record.verdict], ended.stderr).toEqual([0, 'passed']);
  expect(only?.versions.coredns).toMatch(/^1\./);
  const names = only?.checks.filter(({ name }) => name === 'dns-names');
  expect(names?.map(({ phase, verdict }) => `${phase} ${verdict}`)).toEqual([
    'baseline pass',
    'verify pass',
  ]);
  expect(only?.rto?.dnsAnsweringMs).toBeGreaterThan(only?.rto?.etcdServingMs ?? 0);
  expect(only?.outages.map(({ probe }) => probe)).toContain('dns');
}, 240_000);
