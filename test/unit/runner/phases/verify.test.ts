import { expect, it } from 'vitest';
import { CHECKS, type Examined } from '../../../../harness/checks/index.ts';
import type { Examination } from '../../../../harness/model/check.ts';
import { finding } from '../../../../harness/model/finding.ts';
import { troubles } from '../../../../harness/runner/phases/verify.ts';

const examined = (examination: Partial<Examination>, index: number): Examined[] =>
  CHECKS.slice(index, index + 1).map((check) => ({
    check,
    examination: { verdict: 'pass', reason: null, findings: [], ...examination },
  }));
const failure = (code: string) =>
  finding({ code, severity: 'error', message: code, where: 'etcd-1', cure: 'none' });

it('troubles name what failed with each code once, and what could not look with the reason', () => {
  const all = [
    ...examined({ verdict: 'pass' }, 0),
    ...examined({ verdict: 'fail', findings: [failure('a'), failure('b'), failure('a')] }, 1),
    ...examined({ verdict: 'unknown', reason: 'etcd-1 does not answer' }, 2),
    ...examined({ verdict: 'skipped', reason: 'no API server' }, 3),
  ];
  expect(troubles(all)).toEqual([
    `${CHECKS[1]?.name} (a, b)`,
    `${CHECKS[2]?.name} (etcd-1 does not answer)`,
  ]);
});
