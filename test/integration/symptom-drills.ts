import { expect } from 'vitest';
import type { TargetName } from '../../harness/model/scenario.ts';
import { drill, workplace } from './process/kubedrill.ts';

/** What each drill must find while its fault lasts, on every target with hosts of its own. */
export const SYMPTOMS = [
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
export async function expectNamedAndCured(
  target: TargetName,
  scenario: string,
  code: string,
): Promise<void> {
  await using place = await workplace();
  const { record } = await drill(place, [scenario, '--target', target, '--kubernetes', 'none']);
  const [played] = record.drills;
  expect(played?.verdict, played?.reason).toBe('passed');
  const during = played?.findings.filter(({ phase }) => phase === 'impact') ?? [];
  expect(during.map((found) => found.code)).toContain(code);
  expect(during.every(({ expected }) => expected)).toBe(true);
  expect(played?.findings.filter(({ phase }) => phase === 'verify')).toEqual([]);
}
