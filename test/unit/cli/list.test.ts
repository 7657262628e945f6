import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { kubedrill } from './kubedrill.ts';

async function listed(...options: string[]) {
  const { exitCode, stdout } = await kubedrill(['list', '--json', ...options]);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout);
}

describe('list', () => {
  it('tells every scenario with the file that it is in', async () => {
    const { schemaVersion, scenarios } = await listed();
    expect(schemaVersion).toBe(1);
    const [first] = scenarios.filter(({ name }: { name: string }) => name === 'quorum-loss');
    expect(first).toEqual({
      name: 'quorum-loss',
      kind: 'drill',
      summary: expect.any(String),
      targets: ['process', 'container', 'kind'],
      source: null,
      file: expect.stringMatching(/scenarios\/drills\/quorum-loss\/scenario\.yaml$/),
    });
    expect(await readFile(first.file, 'utf8')).toContain(first.summary);
  });

  it('prints the same as a table with one line each', async () => {
    const { scenarios } = await listed();
    const { stdout } = await kubedrill(['list']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^SCENARIO +KIND +TARGETS +WHAT HAPPENS$/);
    expect(lines).toHaveLength(scenarios.length + 1);
  });

  it('tells faults, checks and runbooks too', async () => {
    const { faults } = await listed('--faults');
    expect(faults).toContainEqual({ name: 'power-off', summary: expect.any(String) });
    const { checks } = await listed('--checks');
    expect(checks).toContainEqual(
      expect.objectContaining({ findings: expect.arrayContaining(['ghost-object']) }),
    );
    const { runbooks } = await listed('--runbooks');
    expect(runbooks.map(({ name }: { name: string }) => name)).toContain('restore-all-members');
  });

  it('tells only the ones that are asked for', async () => {
    const { scenarios } = await listed('member-loss');
    expect(scenarios).toHaveLength(1);
  });
});
