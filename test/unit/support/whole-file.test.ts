import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWholeFile } from '../../../harness/support/whole-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-whole-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a file written whole', () => {
  it('makes its folder and leaves nothing else in it', async () => {
    await writeWholeFile(join(folder, 'run/reports/record.json'), '{}\n');
    expect(await readdir(join(folder, 'run/reports'))).toEqual(['record.json']);
    expect(await readFile(join(folder, 'run/reports/record.json'), 'utf8')).toBe('{}\n');
  });

  it('is the old one or a new one for every reader', async () => {
    const path = join(folder, 'record.json');
    const versions = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(300_000));
    await writeWholeFile(path, versions[0] ?? '');
    const writes = Promise.all(versions.map((version) => writeWholeFile(path, version)));
    const read = await Promise.all(Array.from({ length: 20 }, () => readFile(path, 'utf8')));
    await writes;
    for (const content of read) expect(versions.includes(content)).toBe(true);
  });

  it('is for its owner alone where that is asked for', async () => {
    const path = join(folder, 'key.pem');
    await writeWholeFile(path, 'secret', 0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('leaves the old one and no half one when it cannot be put in place', async () => {
    const path = join(folder, 'taken');
    await mkdir(join(path, 'by a folder'), { recursive: true });
    await expect(writeWholeFile(path, 'x')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  });
});
