import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeJUnitReport } from '../../reports/junit/junit.ts';
import { foldRecord } from '../../reports/record.ts';
import { failed } from './journals/failed.ts';
import { inconclusive } from './journals/inconclusive.ts';
import { passed } from './journals/passed.ts';
import { reproduced } from './journals/reproduced.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubedrill-junit-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

describe.each(Object.entries({ passed, failed, inconclusive, reproduced }))(
  'a drill that ended %s',
  (name, journal) => {
    it('is told in JUnit', async () => {
      const path = join(directory, 'junit.xml');
      await writeJUnitReport(path, foldRecord(journal));
      await expect(await readFile(path, 'utf8')).toMatchFileSnapshot(`fixtures/${name}.junit.xml`);
      expect(await readdir(directory)).toEqual(['junit.xml']);
    });
  },
);
