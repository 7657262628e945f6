import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { requireTarget } from '../required.ts';
import { drill, eventsIn, processesOf, untilEvent, workplace } from './kubedrill.ts';

await requireTarget('process');

const TIMEOUT_MS = 5 * 60_000;
const ETCD_ONLY = ['quorum-loss', '--kubernetes', 'none'];
const WITHOUT_NAMESPACES = { KUBEDRILL_NAMESPACES: 'off' };

test('a drill passes where namespaces are not allowed', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const { ended, record } = await drill(place, ['quorum-loss'], WITHOUT_NAMESPACES);
  expect(record.verdict, record.drills[0]?.reason).toBe('passed');
  expect(ended.exitCode).toBe(0);
  expect(ended.stderr).toContain('namespaces are not allowed here');
});

test(
  "a user's own runbook is refused where its paths would be this machine's",
  async () => {
    await using place = await workplace();
    const runbook = join(packageRoot, 'scenarios/runbooks/as-written/etcd-members.md');
    await copyFile(runbook, join(place.directory, 'ours.md'));
    const args = ['run', 'quorum-loss', '--runbook', 'ours.md', '--json'];
    const ended = await place.kubedrill(args, WITHOUT_NAMESPACES);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('--target container');
  },
  TIMEOUT_MS,
);

test('Ctrl-C heals, tears down and ends with 130, and leaves no process', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const out = join(place.directory, 'run');
  const child = place.start(['run', ...ETCD_ONLY, '--out', out]);
  await untilEvent(out, 'the fault has struck', (event) => event.type === 'fault');
  child.kill('SIGINT');
  await once(child, 'close');
  expect(child.exitCode).toBe(130);
  expect(eventsIn(out).some((event) => event.type === 'interrupted')).toBe(true);
  expect(eventsIn(out).at(-1)).toMatchObject({ type: 'run-ended', exitCode: 130 });
  expect(processesOf(out, child.pid ?? 0)).toEqual([]);
});

test('SIGTERM ends a drill in the same way, with 143', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const out = join(place.directory, 'run');
  const child = place.start(['run', ...ETCD_ONLY, '--out', out]);
  await untilEvent(
    out,
    'the cluster is being filled',
    (event) => event.type === 'phase-started' && event.phase === 'populate',
  );
  child.kill('SIGTERM');
  await once(child, 'close');
  expect(child.exitCode).toBe(143);
  expect(processesOf(out, child.pid ?? 0)).toEqual([]);
});

test('--pause-after keeps the cluster up until somebody says to go on', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const out = join(place.directory, 'run');
  const child = place.start(['run', ...ETCD_ONLY, '--out', out, '--pause-after', 'backup']);
  const paused = await untilEvent(
    out,
    'the drill pauses',
    (event) => event.type === 'note' && event.message.startsWith('paused'),
  );
  expect(paused).toMatchObject({ message: expect.stringContaining('nsenter') });
  await writeFile(join(out, '01-quorum-loss/continue'), '');
  await once(child, 'close');
  expect(child.exitCode).toBe(0);
});

test('several drills in one call, repeated, with every report', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const out = join(place.directory, 'run');
  const file = (name: string) => join(place.directory, name);
  const args = [
    'quorum-loss',
    'member-loss',
    '--kubernetes',
    'none',
    '--repeat',
    '2',
    '--seed',
    '7',
    '--out',
    out,
  ];
  const { record } = await drill(place, [
    ...args,
    '--junit',
    file('junit.xml'),
    '--events',
    file('events.ndjson'),
  ]);
  expect(record.drills.map((each) => [each.scenario, each.verdict])).toEqual([
    ['quorum-loss', 'passed'],
    ['quorum-loss', 'passed'],
    ['member-loss', 'passed'],
    ['member-loss', 'passed'],
  ]);
  expect(record.seed).toBe(7);
  expect(await readFile(file('junit.xml'), 'utf8')).toContain('<testsuite name="member-loss');
  expect((await stat(file('events.ndjson'))).size).toBeGreaterThan(1000);
  const again = await place.kubedrill(['report', out, '--json']);
  expect(JSON.parse(again.stdout)).toEqual(record);
});

test('the same seed strikes the same hosts', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const struck = async (name: string) => {
    const out = join(place.directory, name);
    await drill(place, [...ETCD_ONLY, '--seed', '11', '--out', out]);
    return eventsIn(out).flatMap((event) => (event.type === 'fault' ? event.hosts : []));
  };
  expect(await struck('first')).toEqual(await struck('second'));
});

test('a daemon that dies at its start is told with the last lines of its log', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const broken = join(place.directory, 'etcd');
  const script =
    '#!/bin/sh\n[ "$1" = --version ] && echo "etcd Version: 3.6.16" && exit 0\necho "no such luck" >&2\nexit 7\n';
  await writeFile(broken, script, { mode: 0o755 });
  const { ended, record } = await drill(place, [...ETCD_ONLY, '--tool', `etcd=${broken}`]);
  expect(record.verdict).toBe('error');
  expect(ended.exitCode).toBe(3);
  expect(JSON.stringify(record)).toContain('no such luck');
});

test("a user's snapshot is drilled on, without a way out of its network", {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const snapshot = join(packageRoot, 'test/fixtures/snapshots/p05-workload-3.6.db');
  const out = join(place.directory, 'run');
  const { ended, record } = await drill(place, [
    'quorum-loss',
    '--snapshot',
    snapshot,
    '--out',
    out,
  ]);
  expect(record.verdict, record.drills[0]?.reason).toBe('passed');
  expect(ended.exitCode).toBe(0);
  // Its webhook is called for every pod, and nothing answers for it in here.
  expect(JSON.stringify(record)).toContain('failed calling webhook');
});

test('a snapshot that must not be restored ends the drill before anything is started', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const snapshot = join(packageRoot, 'test/fixtures/snapshots/d04-truncated-by-one-page.db');
  const out = join(place.directory, 'run');
  const { ended, record } = await drill(place, [
    'quorum-loss',
    '--snapshot',
    snapshot,
    '--out',
    out,
  ]);
  expect(record.verdict).toBe('failed');
  expect(ended.exitCode).toBe(1);
  expect(eventsIn(out).some((event) => event.type === 'service')).toBe(false);
  expect(existsSync(join(out, '01-quorum-loss/hosts'))).toBe(false);
});

test('--dry-run prints the commands and starts nothing', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const ended = await place.kubedrill(['run', 'quorum-loss', '--dry-run']);
  expect(ended.exitCode).toBe(0);
  expect(ended.stdout).toContain('etcdutl snapshot restore "$SNAPSHOT"');
  expect(existsSync(join(place.directory, 'kubedrill-runs'))).toBe(false);
});

test('a drill that has no time for its recovery proves nothing', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const { ended, record } = await drill(place, [...ETCD_ONLY, '--timeout', '1']);
  expect(record.verdict).toBe('inconclusive');
  expect(ended.exitCode).toBe(4);
});

test('what has not recovered has no recovery time', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const file = (name: string) => join(place.directory, name);
  await writeFile(
    file('nothing.md'),
    '---\nrunbook: nothing\nsummary: Does nothing.\n---\n## Hope\n\n```sh on=members\ntrue\n```\n',
  );
  await writeFile(
    file('scenario.yaml'),
    'name: hope\nsummary: Nobody restores anything\ntopology: { controlPlanes: 0 }\n' +
      'faults: [{ fault: power-off, hosts: majority }]\n' +
      'recovery: [{ runbook: nothing.md }]\nbudgets: { rtoMs: 60000, settleMs: 2000 }\n',
  );
  const { ended, record } = await drill(place, ['scenario.yaml']);
  expect(ended.exitCode).toBe(1);
  expect(record.drills[0]).toMatchObject({ verdict: 'failed', rto: null });
});

test('a recovery that exceeds its budgets has failed, with its time, and one for what is not there is warned of', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  await writeFile(
    join(place.directory, 'scenario.yaml'),
    'name: late\nsummary: The budgets are too small\ntopology: { controlPlanes: 0 }\n' +
      'faults: [{ fault: power-off, hosts: majority, with: { wipe: true } }]\n' +
      'recovery: [{ runbook: restore-all-members }]\nbudgets: { rtoMs: 1, outagesMs: { etcd: 1, dns: 1 } }\n',
  );
  const { ended, record } = await drill(place, ['scenario.yaml']);
  expect(ended.exitCode).toBe(1);
  const [late] = record.drills;
  expect(late?.verdict).toBe('failed');
  expect(late?.reason).toMatch(
    /^budgets: RTO .*, the budget is 1 ms; .*etcd serving after .*, settled after .*\.$/,
  );
  const found = late?.findings.filter(({ phase }) => phase === 'verify').map(({ code }) => code);
  expect(found).toEqual(['rto-exceeded', 'outage-exceeded']);
  expect(late?.rto?.totalMs).toBeGreaterThan(0);
  expect(late?.outages).toContainEqual(expect.objectContaining({ probe: 'etcd', budgetMs: 1 }));
  expect(ended.stderr).toContain('warning: budgets.outagesMs.dns is not measured');
  expect(ended.stderr).not.toContain('budgets.outagesMs.etcd');
});

test('a target that is not there, and a folder that holds a run, are refused before anything is made', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const nowhere = await place.kubedrill(['run', ...ETCD_ONLY, '--target', 'moon', '--out', 'new']);
  expect(nowhere.exitCode).toBe(2);
  expect(existsSync(join(place.directory, 'new'))).toBe(false);

  await writeFile(join(place.directory, 'events.ndjson'), '');
  const again = await place.kubedrill(['run', ...ETCD_ONLY, '--out', '.']);
  expect(again.exitCode).toBe(3);
  expect(again.stderr).toContain('it holds a run already');
  expect(existsSync(join(place.directory, 'plan.json'))).toBe(false);
});

test('a folder that cannot be made is refused at once', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const nowhere = await place.kubedrill(['run', ...ETCD_ONLY, '--out', '/proc/kubedrill']);
  expect(nowhere.exitCode).toBe(3);
  expect(nowhere.stderr).toContain('give another one with --out');
});
