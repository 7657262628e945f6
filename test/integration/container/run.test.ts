import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, copyFileSync, existsSync, statSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { connectEngine } from '../../../harness/targets/container/engine.ts';
import { RUN_LABEL } from '../../../harness/targets/container/labels.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import {
  drill,
  ENTRY,
  eventsIn,
  untilEvent,
  type Workplace,
  workplace,
} from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';

await requireTarget('container');

const NOBODY = 65_534;
const TIMEOUT_MS = 10 * 60_000;
const ETCD_ONLY = ['quorum-loss', '--target', 'container', '--kubernetes', 'none'];

function runIdIn(out: string): string {
  const [started] = eventsIn(out);
  return started?.type === 'run-started' ? started.runId : 'none';
}

/** Names of everything in the engine that carries the id of a run. */
async function leftOf(runId: string): Promise<string[]> {
  const engine = await connectEngine();
  const filters = { label: [`${RUN_LABEL}=${runId}`] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  return [
    ...containers.map(({ Names }) => Names.join()),
    ...networks.map(({ Name }) => Name),
    ...volumes.map(({ Name }) => Name),
  ];
}

async function withRunbook(place: Workplace, blocks: string): Promise<string[]> {
  const file = join(place.directory, 'runbook.md');
  await mkdir(place.directory, { recursive: true });
  await writeFile(file, `---\nrunbook: ours\nsummary: A runbook of this test.\n---\n${blocks}`);
  return ['--runbook', file];
}

test('two drills at once do not meet, and leave nothing', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const outs = ['one', 'other'].map((name) => join(place.directory, name));
  const ended = await Promise.all(outs.map((out) => drill(place, [...ETCD_ONLY, '--out', out])));
  expect(ended.map(({ record }) => record.verdict)).toEqual(['passed', 'passed']);
  for (const out of outs) {
    expect(await leftOf(runIdIn(out))).toEqual([]);
    expect(await readdir(join(out, '01-quorum-loss'))).toEqual(['logs']);
    expect(existsSync(join(out, '01-quorum-loss/logs/etcd-1/etcd.log'))).toBe(true);
  }
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s tears down, ends with %i and leaves nothing',
  {
    timeout: TIMEOUT_MS,
  },
  async (signal, exitCode) => {
    await using place = await workplace();
    const out = join(place.directory, 'run');
    const child = place.start(['run', ...ETCD_ONLY, '--out', out]);
    await untilEvent(out, 'the fault has struck', (event) => event.type === 'fault');
    child.kill(signal);
    await once(child, 'close');
    expect(child.exitCode).toBe(exitCode);
    expect(eventsIn(out).at(-1)).toMatchObject({ type: 'run-ended', exitCode });
    expect(await leftOf(runIdIn(out))).toEqual([]);
  },
);

test.each(['provision', 'recover'])(
  'killed in phase %s, clean removes everything by its label',
  {
    timeout: TIMEOUT_MS,
  },
  async (phase) => {
    await using place = await workplace();
    const out = join(place.directory, 'run');
    const child = place.start(['run', ...ETCD_ONLY, '--out', out]);
    await untilEvent(
      out,
      `phase ${phase} has begun`,
      (event) => event.type === 'phase-started' && event.phase === phase,
    );
    const runId = runIdIn(out);
    if (phase === 'recover') expect(await leftOf(runId)).not.toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'close');
    const cleaned = await place.kubedrill(['clean', runId]);
    expect(cleaned.exitCode, cleaned.stderr).toBe(0);
    expect(existsSync(out)).toBe(false);
    expect(await leftOf(runId)).toEqual([]);
  },
);

test("a user's snapshot is drilled on", {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const snapshot = join(packageRoot, 'test/fixtures/snapshots/p05-workload-3.6.db');
  const args = ['quorum-loss', '--target', 'container', '--snapshot', snapshot];
  const { ended, record } = await drill(place, args);
  expect(record.verdict, record.drills[0]?.reason).toBe('passed');
  expect(ended.exitCode).toBe(0);
  // Its webhook is called for every pod, and reaches nobody.
  expect(JSON.stringify(record)).toContain('failed calling webhook');
});

/** Of the socket: who is in it may use Docker. */
const engineGroup = existsSync('/var/run/docker.sock') ? statSync('/var/run/docker.sock').gid : 0;

// For one who is no root every other test shows it.
test.skipIf(process.getuid?.() !== 0 || engineGroup === 0)(
  'a drill needs no root but the right to use Docker, and its backups are its own',
  { timeout: TIMEOUT_MS },
  async () => {
    await using place = await workplace();
    const { directory } = place;
    const tools = await resolveProduct('etcd', undefined, {}, ['etcd', 'etcdctl', 'etcdutl']);
    const options = tools.flatMap(({ tool, path }) => {
      copyFileSync(path, join(directory, tool));
      return ['--tool', `${tool}=${join(directory, tool)}`];
    });
    chownSync(directory, NOBODY, NOBODY);
    const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, `--groups=${engineGroup}`];
    const run = [
      'run',
      ...ETCD_ONLY,
      ...options,
      '--out',
      join(directory, 'run'),
      '--keep',
      'always',
    ];
    const ended = spawnSync('setpriv', [...user, process.execPath, ENTRY, ...run], {
      cwd: directory,
      env: { ...process.env, HOME: directory, XDG_STATE_HOME: join(directory, 'state') },
      encoding: 'utf8',
    });
    expect(ended.status, ended.stderr).toBe(0);
    const kept = join(directory, 'run/01-quorum-loss');
    expect(statSync(join(kept, 'backup/etcd-snapshot.db')).uid).toBe(NOBODY);
    expect(statSync(join(kept, 'hosts/etcd-1/var/lib/etcd/member/snap/db')).uid).toBe(NOBODY);
  },
);

test('ssh reaches hosts, files have owners, nothing leads out, and data of a failure is kept', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const out = join(place.directory, 'run');
  const runbook = await withRunbook(
    place,
    `
## Go there and copy

\`\`\`sh on=operator
echo "from the operator" > note
scp note etcd-1:/tmp/note
[ "$(ssh etcd-1 'hostname; cat /tmp/note')" = "etcd-1
from the operator" ]
ssh -o BatchMode=yes root@etcd-2 'touch /tmp/there'
scp etcd-2:/tmp/there .
if ssh no-such-host true; then exit 1; fi
\`\`\`

## Own files

\`\`\`sh on=etcd-3
install -d -o etcd -g etcd /var/lib/theirs
chown 2001:2001 "$ETCD_DATA_DIR"
[ "$(stat -c %U /var/lib/theirs) $(stat -c %u:%g "$ETCD_DATA_DIR")" = "etcd 2001:2001" ]
\`\`\`

## No way out

\`\`\`sh on=members parallel
[ -z "$(ip route show default)" ]
if ip route get 203.0.113.1; then exit 1; fi
if getent hosts example.com; then exit 1; fi
\`\`\`

## Fail

\`\`\`sh on=first-member timeout=3s
sleep 60
\`\`\`
`,
  );
  const { record } = await drill(place, [...ETCD_ONLY, ...runbook, '--out', out]);
  expect(record.verdict).toBe('failed');
  expect(record.drills[0]?.reason).toMatch(/step 4.*timed out after 3 s/);
  expect(existsSync(join(out, '01-quorum-loss/hosts/etcd-2/var/lib/etcd'))).toBe(true);
  expect(await leftOf(runIdIn(out))).toEqual([]);
});
