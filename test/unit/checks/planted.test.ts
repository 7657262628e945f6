import { describe, expect, test } from 'vitest';
import { CHECKS, checkByName, examineAll } from '../../../harness/checks/index.ts';
import { healthy } from '../../planted/healthy.ts';
import { DEFECTS } from '../../planted/index.ts';

describe('every check has a defect that makes it fail, and is silent without one', () => {
  const codes = CHECKS.flatMap((check) => check.codes.map(({ code }) => `${check.name}: ${code}`));

  test.each(codes)('%s has a planted defect', (code) => {
    expect(DEFECTS.map((defect) => `${defect.check}: ${defect.code}`)).toContain(code);
  });

  test.each(DEFECTS)('$check names $code when $planted', ({ check, code, view }) => {
    const examination = checkByName(check)?.examine(view);
    expect(examination?.verdict).toBe('fail');
    expect(examination?.findings.map((found) => found.code)).toContain(code);
  });

  test.each(DEFECTS)('a whole examination tells $code when $planted', ({ code, view }) => {
    const found = examineAll(view).flatMap(({ examination }) => examination.findings);
    expect(found.map((finding) => finding.code)).toContain(code);
  });

  test.each(CHECKS)('$name passes on the healthy twin', (check) => {
    expect(check.examine(healthy())).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  test('a check reports only codes that it declares, and no code belongs to two checks', () => {
    for (const { check, view } of DEFECTS) {
      const declared = checkByName(check)?.codes.map(({ code }) => code);
      for (const found of checkByName(check)?.examine(view).findings ?? [])
        expect(declared).toContain(found.code);
    }
    const all = CHECKS.flatMap((check) => check.codes.map(({ code }) => code));
    expect(new Set(all).size).toBe(all.length);
  });

  test('what explains a check away is a code of an earlier check', () => {
    const earlier = new Set<string>();
    for (const check of CHECKS) {
      for (const code of check.explainedBy) expect(earlier).toContain(code);
      for (const { code } of check.codes) earlier.add(code);
    }
  });

  test('every finding says in sentences what is wrong and what to do', () => {
    for (const { check, view } of DEFECTS)
      for (const found of checkByName(check)?.examine(view).findings ?? []) {
        expect(found.message).toMatch(/^\S.*\.$/s);
        expect(found.cure).toMatch(/^\S.*[.]$/s);
        expect(found.where).not.toBe('');
        expect(`${found.message} ${found.cure} ${found.where}`).not.toMatch(
          /undefined|NaN|Infinity|\.\.|\[object/,
        );
      }
  });
});
