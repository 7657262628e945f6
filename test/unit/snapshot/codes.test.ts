import { expect, test } from 'vitest';
import { SNAPSHOT_CODES, snapshotFinding, verdictOf } from '../../../harness/snapshot/codes.ts';

const named = (...codes: string[]) => codes.map((code) => ({ code }));

test('the worst finding decides the verdict', () => {
  expect(verdictOf([])).toBe('trusted');
  expect(verdictOf(named('compacted'))).toBe('trusted');
  expect(verdictOf(named('compacted', 'sha256-missing'))).toBe('suspect');
  expect(verdictOf(named('sha256-missing', 'truncated', 'compacted'))).toBe('reject');
  expect(verdictOf(named('from-another-version-of-kubedrill'))).toBe('suspect');
});

test('an allowed code does not count, unless the file must not be restored', () => {
  expect(verdictOf(named('sha256-missing'), new Set(['sha256-missing']))).toBe('trusted');
  expect(verdictOf(named('truncated'), new Set(['truncated']))).toBe('reject');
});

test('an info leads to trusted, and nothing else does', () => {
  for (const [code, { severity, verdict, cure }] of Object.entries(SNAPSHOT_CODES)) {
    expect(severity === 'info', code).toBe(verdict === 'trusted');
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(cure).not.toBe('');
  }
});

test('a finding takes severity and cure from the table', () => {
  const made = snapshotFinding('truncated', { message: 'short', where: 'byte 5' });
  expect(made).toMatchObject({ severity: 'error', cure: SNAPSHOT_CODES.truncated.cure });
});
