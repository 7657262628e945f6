import { copyFile, mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BackupFiles } from '../../../harness/runner/backup-files.ts';
import { systemClock } from '../../../harness/support/clock.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';

const SNAPSHOT = join(packageRoot, 'test/fixtures/snapshots/p02-plain-history-3.6.db');

describe('the backups that a recovery leaves', () => {
  let directory: string;
  let files: BackupFiles;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubedrill-backups-'));
    files = new BackupFiles(directory, systemClock);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const whole = async (name: string) => {
    await copyFile(SNAPSHOT, join(directory, name));
    return join(directory, name);
  };

  test('are judged by what is in them and by what clients knew before', async () => {
    await whole('nightly.db');
    const [seen] = await files.look(0, () => 77);
    expect(seen).toMatchObject({
      kind: 'backup-file',
      name: 'nightly.db',
      acknowledgedRevision: 77,
    });
    expect(seen).toHaveProperty('revision', expect.any(Number));
    expect(['trusted', 'suspect']).toContain(seen?.kind === 'backup-file' && seen.verdict);
  });

  test('are rejected when they were cut short', async () => {
    const file = await whole('nightly.db');
    await truncate(file, Math.floor((await readFile(file)).length / 2));
    const [seen] = await files.look(0, () => 0);
    expect(seen).toMatchObject({ verdict: 'reject', problem: expect.stringMatching(/./) });
  });

  test('are partial when etcdctl did not come to its end', async () => {
    await writeFile(join(directory, 'nightly.db.part'), '');
    const [seen] = await files.look(0, () => 0);
    expect(seen).toMatchObject({ verdict: 'partial', sizeBytes: 0 });
  });

  test('are told only when they were written since', async () => {
    const file = await whole('nightly.db');
    await utimes(file, 1000, 1000);
    expect(await files.look(1_000_001, () => 0)).toEqual([]);
    expect(await files.look(1_000_000, () => 0)).toHaveLength(1);
  });

  test('are judged once, and again when they have changed', async () => {
    const file = await whole('nightly.db');
    const [first] = await files.look(0, () => 1);
    const [second] = await files.look(0, () => 2);
    expect(second).toBe(first);
    await utimes(file, 2000, 2000);
    const [third] = await files.look(0, () => 2);
    expect(third).toMatchObject({ acknowledgedRevision: 2 });
  });

  test('are none beside other files, and where the folder is gone', async () => {
    await writeFile(join(directory, 'nightly.db.sha256'), 'x');
    expect(await files.look(0, () => 0)).toEqual([]);
    const elsewhere = new BackupFiles(join(directory, 'nowhere'), systemClock);
    expect(await elsewhere.look(0, () => 0)).toEqual([]);
  });
});
