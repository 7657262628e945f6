import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { drill, eventsIn, processesOf, type Workplace, workplace } from './kubedrill.ts';

await requireTarget('process');

const SCENARIO = `name: ours
summary: Our own drill
topology: { members: 3, controlPlanes: 0 }
objects: { count: 20 }
impact: none
recovery:
  - runbook: restore-all-members
`;

/** A scenario in a folder of the user's, outside of the package. */
async function ours(place: Workplace, chaos: string, script: string): Promise<string> {
  const file = join(place.directory, 'ours/scenario.yaml');
  await mkdir(join(dirname(file), 'chaos'), { recursive: true });
  await writeFile(file, `${SCENARIO}${chaos}`);
  await writeFile(join(dirname(file), 'chaos/x.mjs'), script);
  return file;
}

const ARGS = ['--kubernetes', 'none', '--seed', '11', '--out'];

/** Cuts a random host off in each turn; the harness mends the network before the recovery. */
const RANDOM_VICTIMS = `
import { fault, hosts, log, onHost, random, turn } from 'kubedrill/chaos';
import { $ } from 'zx';
const victim = random.pick(hosts).name;
await $\`true\`;
await onHost(victim)\`echo \${turn} >>/root/turns\`;
const { evidence } = await fault('partition', {
  hosts: [victim],
  groups: [victim, hosts.filter(({ name }) => name !== victim).map(({ name }) => name).join()],
});
log(evidence);
`;

describe('random faults', () => {
  test('of the same seed strike the same hosts in the same way', async () => {
    const runs: string[][] = [];
    for (const out of ['one', 'two']) {
      await using place = await workplace();
      const run = join(place.directory, out);
      const args = ['random-chaos', '--kubernetes', 'none', '--seed', '26', '--out', run];
      const { ended, record } = await drill(place, args);
      expect([ended.exitCode, record.verdict], ended.stderr).toEqual([0, 'passed']);
      runs.push(
        eventsIn(run).flatMap((event) =>
          event.type === 'fault'
            ? [`${event.call.fault} ${JSON.stringify(event.call.with)} on ${event.hosts}`]
            : [],
        ),
      );
    }
    expect(runs[0]?.length).toBeGreaterThan(0);
    expect(runs[0]).toEqual(runs[1]);
  }, 240_000);
});

describe('chaos scripts of a scenario', () => {
  test('strike until the recovery, are healed then, and the same seed chooses the same', async () => {
    const runs: string[][] = [];
    for (const out of ['one', 'two']) {
      await using place = await workplace();
      const chaos = 'chaos:\n  - { script: chaos/x.mjs, at: until-recovery, turns: 3 }\n';
      const file = await ours(place, chaos, RANDOM_VICTIMS);
      const run = join(place.directory, out);
      const { ended, record } = await drill(place, [file, ...ARGS, run]);
      expect([ended.exitCode, record.verdict], ended.stderr).toEqual([0, 'passed']);
      const faults = eventsIn(run).flatMap((event) =>
        event.type === 'fault' ? [`${event.call.fault} ${event.hosts} ${event.evidence}`] : [],
      );
      expect(faults.length).toBeGreaterThanOrEqual(3);
      runs.push(faults.slice(0, 3));
    }
    expect(runs[0]).toEqual(runs[1]);
  }, 240_000);

  test('that throw end the drill as an error with their last lines, and nothing is left', async () => {
    await using place = await workplace();
    const script = `
      import { fault } from 'kubedrill/chaos';
      import { $ } from 'zx';
      void $\`sleep 3600\`.catch(() => undefined);
      await fault('freeze', { hosts: ['etcd-2'] });
      await fault('earthquake');
    `;
    const file = await ours(place, 'chaos:\n  - script: chaos/x.mjs\n', script);
    const run = join(place.directory, 'run');
    const { ended, record } = await drill(place, [file, ...ARGS, run]);
    expect([ended.exitCode, record.verdict], ended.stderr).toEqual([3, 'error']);
    expect(record.drills[0]?.error?.explanation).toContain('there is no such fault');
    expect(record.drills[0]?.left).toEqual([]);
    const log = join(run, '01-ours/chaos/1-x.log');
    expect(await readFile(log, 'utf8')).toContain('there is no such fault');
    expect(processesOf(run, -1)).toEqual([]);
  }, 120_000);

  test('take what they still run on hosts with them when the recovery begins', async () => {
    await using place = await workplace();
    const script = `
      import { log, onHost, turn } from 'kubedrill/chaos';
      const { stdout } = await onHost('etcd-1')\`pgrep --count --full '^sleep 7777' || true\`;
      log('before', stdout.trim());
      if (turn === 2) await onHost('etcd-1', { timeoutMs: 60_000 })\`sleep 7777\`;
    `;
    const chaos = 'chaos:\n  - { script: chaos/x.mjs, at: until-recovery }\n';
    const after = '  - { script: chaos/x.mjs, at: settle }\n';
    const file = await ours(place, `${chaos}${after}`, script);
    const run = join(place.directory, 'run');
    const { ended, record } = await drill(place, [file, ...ARGS, run]);
    expect([ended.exitCode, record.verdict], ended.stderr).toEqual([0, 'passed']);
    const said = record.drills[0]?.notes.map(({ message }) => message) ?? [];
    expect(said.filter((message) => message.includes('before'))).toEqual(
      Array(3).fill('chaos/x.mjs: before 0'),
    );
  }, 120_000);

  test('that are missing are refused before anything starts', async () => {
    await using place = await workplace();
    const file = await ours(place, 'chaos:\n  - script: chaos/other.mjs\n', '');
    const run = join(place.directory, 'run');
    const ended = await place.kubedrill(['run', file, ...ARGS, run]);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('no chaos script');
    expect(existsSync(run)).toBe(false);
  });
});
