import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubedrill } from './kubedrill.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runbook-check-'));
  await writeFile(
    join(folder, 'bad.md'),
    '---\nrunbook: bad\nsummary: x\n---\n# A\n```sh on=member\necho $X\n```\n',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('kubedrill runbook check', () => {
  it('says ok and ends with 0 for a valid runbook', async () => {
    const { exitCode, stdout } = await kubedrill(['runbook', 'check', 'snapshot-save']);
    expect(stdout).toMatch(/snapshot-save\.md: ok, 3 steps\n$/);
    expect(exitCode).toBe(0);
  });

  it('says every mistake with its place and ends with 2, also when others are valid', async () => {
    const bad = join(folder, 'bad.md');
    const { exitCode, stdout } = await kubedrill(['runbook', 'check', bad, 'snapshot-save']);
    expect(stdout).toContain(`${bad}:6:10: unknown role "member"; did you mean "members"?\n`);
    expect(stdout).toContain(`${bad}:7:6: $X is defined nowhere\n`);
    expect(stdout).toContain(`${bad}: invalid, 2 errors\n`);
    expect(stdout).toMatch(/snapshot-save\.md: ok/);
    expect(exitCode).toBe(2);
  });

  it('prints one JSON document with --json', async () => {
    const bad = join(folder, 'bad.md');
    const { exitCode, stdout } = await kubedrill(['runbook', 'check', '--json', bad]);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      runbooks: [
        { file: bad, valid: false, problems: [{ severity: 'error', line: 6, column: 10 }, {}] },
      ],
    });
    expect(exitCode).toBe(2);
  });

  it('ends with 2 for a runbook that does not exist', async () => {
    const { exitCode, stderr } = await kubedrill(['runbook', 'check', 'snapshot-sav']);
    expect(stderr).toContain('did you mean "snapshot-save"?');
    expect(exitCode).toBe(2);
  });
});
