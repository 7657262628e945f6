import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { HAZARD_CODES } from '../../../../harness/snapshot/hazards/codes.ts';

const tests = fileURLToPath(new URL('../../../', import.meta.url));
const texts = ['unit/snapshot', 'unit/runner/boot', 'integration/process'].flatMap((folder) =>
  readdirSync(join(tests, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('codes.test.ts'))
    .map((name) => readFileSync(join(tests, folder, name), 'utf8')),
);

describe('the codes of hazards', () => {
  test.each(Object.keys(HAZARD_CODES))('%s has a planted defect', (code) => {
    expect(texts.some((text) => text.includes(`'${code}'`))).toBe(true);
  });

  test.each(Object.entries(HAZARD_CODES))(
    '%s says what to do',
    (_, { severity, verdict, cure }) => {
      expect(cure).not.toBe('');
      // Only what is good to know leaves a snapshot trusted.
      expect(verdict === 'trusted').toBe(severity === 'info');
    },
  );
});
