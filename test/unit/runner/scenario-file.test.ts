import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  loadScenarios,
  readScenarioFile,
  shippedScenarios,
  type Vocabulary,
} from '../../../harness/runner/scenario-file.ts';
import { DrillError } from '../../../harness/support/errors.ts';

const vocabulary: Vocabulary = {
  faults: [{ name: 'power-off', parameters: z.strictObject({ wipe: z.boolean().default(false) }) }],
  checks: ['object-counts'],
  findingCodes: ['ghost-object'],
};

const VALID = `name: ours
summary: Our own drill
backup:
  runbook: save.md
faults:
  - fault: power-off
    with: { wipe: true }
recovery:
  - runbook: save.md
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-scenarios-'));
  await writeFile(join(folder, 'save.md'), '# Save');
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(text: string, name = 'scenario.yaml'): Promise<string> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

/** The lines in which an invalid scenario is refused, without the file's name. */
async function problemsOf(text: string): Promise<string[]> {
  const file = await write(text);
  const thrown = await readScenarioFile(file, vocabulary).catch((error: unknown) => error);
  if (!(thrown instanceof DrillError)) throw new Error('the scenario was accepted');
  expect(thrown.kind).toBe('usage');
  return (thrown.output ?? '').split('\n').map((line) => line.slice(line.indexOf('.yaml:') + 6));
}

describe('the random faults of a scenario', () => {
  it('are of those that can be drawn', async () => {
    const [stranger] = await problemsOf(`${VALID}randomFaults: { from: [earthquake] }\n`);
    expect(stranger).toContain('unknown random fault "earthquake"');
    expect(await problemsOf(`${VALID}randomFaults: { from: [] }\n`)).toHaveLength(1);
  });
});

describe('the chaos scripts of a scenario', () => {
  it('lie beside it', async () => {
    await write('', 'chaos/x.mjs');
    const file = await write(`${VALID}chaos:\n  - script: chaos/x.mjs\n`);
    const { scenario } = await readScenarioFile(file, vocabulary);
    expect(scenario.chaos).toEqual([
      { script: 'chaos/x.mjs', at: 'inject', timeoutMs: 60_000, turns: 1, with: {} },
    ]);
  });

  it('are refused with their place when they are missing, or are no module', async () => {
    const [missing] = await problemsOf(`${VALID}chaos:\n  - script: chaos/nosuch.mjs\n`);
    expect(missing).toMatch(/^11:\d+: .*no chaos script .*nosuch\.mjs/);
    const [other] = await problemsOf(`${VALID}chaos:\n  - script: chaos/x.sh\n`);
    expect(other).toContain('.mjs');
  });
});

describe('a scenario file', () => {
  it('is read with every default filled in', async () => {
    const { scenario, shipped } = await readScenarioFile(await write(VALID), vocabulary);
    expect(scenario).toMatchObject({
      name: 'ours',
      topology: { members: 3, controlPlanes: 3 },
      faults: [{ fault: 'power-off', hosts: 'one', with: { wipe: true } }],
      budgets: { settleMs: 60_000 },
    });
    expect(shipped).toBe(false);
  });

  it('that has an unknown key is refused at that key, with the likely one', async () => {
    expect(await problemsOf(`${VALID}recoverry: []\n`)).toEqual([
      '10:1: unknown key "recoverry"; did you mean "recovery"?',
    ]);
    expect(
      await problemsOf(VALID.replace('  - fault: power-off', '  - faullt: power-off')),
    ).toEqual([
      '6:5: faults.0.fault is missing',
      '6:5: unknown key "faults.0.faullt"; did you mean "fault"?',
    ]);
  });

  it('that names an unknown fault, check or finding is refused at the name', async () => {
    const expectation = `    expect:
      findings: [ghost-objects]
skipChecks: [object-count]
symptoms: { findings: [ghosts] }
`;
    expect(
      await problemsOf(VALID.replace('fault: power-off', 'fault: power-of') + expectation),
    ).toEqual([
      '6:5: unknown fault "power-of"; did you mean "power-off"?',
      '11:18: unknown finding "ghost-objects"; did you mean "ghost-object"?',
      '12:14: unknown check "object-count"; did you mean "object-counts"?',
      '13:24: unknown finding "ghosts"',
    ]);
  });

  it("that gives a fault a wrong parameter is refused by the fault's own schema", async () => {
    expect(await problemsOf(VALID.replace('wipe: true', 'wipes: true'))).toEqual([
      '7:13: unknown key "wipes"; did you mean "wipe"?',
    ]);
    expect(await problemsOf(VALID.replace('wipe: true', 'wipe: sure'))).toEqual([
      expect.stringMatching(/^7:13: wipe: .*expected boolean/),
    ]);
  });

  it('that names a runbook that is nowhere is refused', async () => {
    expect(await problemsOf(VALID.replace('  - runbook: save.md', '  - runbook: safe.md'))).toEqual(
      [expect.stringMatching(/^9:5: no runbook "safe.md"/)],
    );
  });

  it('that leaves out what must be there says what and where', async () => {
    expect(await problemsOf('summary: nothing else\n')).toEqual([
      '1:1: name is missing',
      '1:1: recovery is missing',
    ]);
    expect(await problemsOf('')).toContain('1:1: name is missing');
  });

  it('that has a word out of a list wrong is told the list', async () => {
    expect(await problemsOf(`${VALID}impact: quorun\n`)).toEqual([
      '10:1: impact: "quorun" is not one of quorum, member, none; did you mean "quorum"?',
    ]);
    expect(await problemsOf(VALID.replace('    with:', '    hosts: most\n    with:'))).toEqual([
      '7:5: faults.0.hosts: "most" is not one of one, minority, majority, all',
    ]);
    expect(await problemsOf(`${VALID}topology: { members: 4 }\n`)).toEqual([
      '10:13: topology.members: 4 is not one of 1, 3, 5',
    ]);
  });

  it('that is no YAML is refused at the place where it stops being it', async () => {
    expect(await problemsOf('name: [ours\nsummary: x\n')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\d+:\d+: /)]),
    );
    expect(await problemsOf('name: a\nname: b\n')).toEqual([
      expect.stringMatching(/^2:1: Map keys must be unique/),
    ]);
  });
});

describe('the scenarios that a command line names', () => {
  it("are found by file and by folder when they are the user's own", async () => {
    const file = await write(VALID, 'mine/scenario.yaml');
    await write('# Save', 'mine/save.md');
    const [byFile, byFolder] = await loadScenarios([file, dirname(file)], vocabulary);
    expect(byFile).toEqual(byFolder);
    expect(byFile?.file).toBe(file);
  });

  it('are refused together when two different ones have the same name', async () => {
    await write('# Save', 'one/save.md');
    await write('# Save', 'two/save.md');
    const files = [
      await write(VALID, 'one/scenario.yaml'),
      await write(VALID, 'two/scenario.yaml'),
    ];
    await expect(loadScenarios(files, vocabulary)).rejects.toThrow(/both|two different/);
  });

  it('are suggested when one is misspelt', async () => {
    await expect(loadScenarios(['quorum-los'], vocabulary)).rejects.toThrow(
      'did you mean "quorum-loss"?',
    );
  });

  it('are all its variants where the name of an incident stands alone', async () => {
    const all = await loadScenarios(['openkruise-webhook']);
    const names = all.map(({ scenario }) => scenario.name);
    expect(names).toContain('openkruise-webhook/as-told');
    expect(names.every((name) => name.startsWith('openkruise-webhook/'))).toBe(true);
    const [one, ...others] = await loadScenarios(['incidents/openkruise-webhook/as-told']);
    expect(one?.scenario.name).toBe('openkruise-webhook/as-told');
    expect(others).toEqual([]);
  });

  it('need no folder, but may have it', async () => {
    const [bare, foldered] = await loadScenarios(['quorum-loss', 'drills/quorum-loss']);
    expect(bare).toEqual(foldered);
    expect(bare?.shipped).toBe(true);
  });
});

describe('the shipped scenarios', () => {
  it('are all valid, and each is called as its place says', async () => {
    const shipped = await shippedScenarios();
    expect(shipped.map(({ scenario }) => scenario.name)).toEqual(
      shipped.map(({ file }) => {
        const [folder, own] = [basename(dirname(file)), basename(file, '.yaml')];
        return own === 'scenario' ? folder : `${folder}/${own}`;
      }),
    );
    expect(shipped.map(({ scenario }) => scenario.name)).toEqual(
      expect.arrayContaining(['quorum-loss', 'member-loss', 'ghost-objects', 'zombie-data-dir']),
    );
  });

  it('expect something of each recovery when they expect something of one', async () => {
    for (const { scenario } of await shippedScenarios()) {
      const expecting = scenario.recovery.filter(({ expect: expectation }) => expectation);
      expect([0, scenario.recovery.length], scenario.name).toContain(expecting.length);
    }
  });
});
