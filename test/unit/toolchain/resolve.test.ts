import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { isAlive } from '../../../harness/exec/processes.ts';
import { run } from '../../../harness/exec/run.ts';
import { DrillError } from '../../../harness/support/errors.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { foreseeProduct, resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { BUILDS_WELL, goThat, openWorkshop, programOf, type Workshop } from './workshop.ts';

// Some tests start a second kubedrill, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const resolveLamp = (workshop: Workshop, more: Parameters<typeof resolveProduct>[2] = {}) =>
  resolveProduct('lamp', '1.2', { matrix: workshop.matrix, env: workshop.env, ...more });

async function failureOf(work: Promise<unknown>): Promise<DrillError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof DrillError) return thrown;
  throw new Error(`no DrillError but ${String(thrown)}`);
}

test('a program in PATH is taken when it is of the family, whatever its patch version', async () => {
  await using workshop = await openWorkshop();
  const lamp = await workshop.script('lamp', programOf('1.2.9'));
  await workshop.script('lampctl', programOf('1.2.9'));
  const [first] = await resolveLamp(workshop);
  expect(first).toMatchObject({ tool: 'lamp', version: '1.2.9', source: 'PATH', path: lamp });
});

test('a program in PATH of another family is passed over with its version as the reason', async () => {
  await using workshop = await openWorkshop();
  const lamp = await workshop.script('lamp', programOf('1.1.0'));
  await workshop.script('lampctl', 'exit 3');
  await workshop.script('go', goThat(BUILDS_WELL));
  const [first, second] = await resolveLamp(workshop);
  expect(first).toMatchObject({ source: 'go', version: '1.2.3' });
  expect(first?.passedOver).toContainEqual({
    source: 'PATH',
    reason: `${lamp} is 1.1.0, not 1.2`,
  });
  expect(second?.passedOver.find((each) => each.source === 'PATH')?.reason).toContain(
    'tells no version: exit 3',
  );
});

test('an exact version takes no other patch version from PATH', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('lamp', programOf('1.2.9'));
  await workshop.script('go', goThat(BUILDS_WELL));
  const { matrix, env } = workshop;
  const [lamp] = await resolveProduct('lamp', '1.2.3', { matrix, env }, ['lamp']);
  expect(lamp).toMatchObject({ source: 'go', version: '1.2.3' });
});

test('a given path goes before PATH, as an option and as a variable', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('lamp', programOf('1.2.1'));
  const mine = await workshop.script('my-lamp', programOf('1.2.2'));
  const { matrix, env } = workshop;
  const only = ['lamp'];
  const [typed] = await resolveProduct('lamp', '1.2', { matrix, env, given: { lamp: mine } }, only);
  expect(typed).toMatchObject({ source: 'given', path: mine });
  const withVariable = { ...env, KUBEDRILL_LAMP: mine };
  const [byVariable] = await resolveProduct('lamp', '1.2', { matrix, env: withVariable }, only);
  expect(byVariable).toMatchObject({ source: 'given', path: mine });
});

test('a given path that is wrong is a usage error, an unknown tool too', async () => {
  await using workshop = await openWorkshop();
  const old = await workshop.script('old-lamp', programOf('1.1.0'));
  const given = (path: string) => failureOf(resolveLamp(workshop, { given: { lamp: path } }));
  expect(await given('/nowhere/lamp')).toMatchObject({ kind: 'usage' });
  expect(await given(old)).toMatchObject({
    kind: 'usage',
    happened: `${old} is 1.1.0, not 1.2`,
  });
  const stranger = await failureOf(resolveLamp(workshop, { given: { lampct: old } }));
  expect(stranger).toMatchObject({ kind: 'usage', hint: 'did you mean lampctl?' });
});

test('what was built is found in the cache the next time, and Go is not asked again', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat(BUILDS_WELL));
  await resolveLamp(workshop);
  const again = await resolveLamp(workshop);
  expect(again.map((each) => each.source)).toEqual(['cache', 'cache']);
  expect(await workshop.recorded()).toHaveLength(2);
  expect(await workshop.cached()).toEqual(['lamp-1.2.3', 'lamp-1.2.3/lamp', 'lamp-1.2.3/lampctl']);
});

test('a failed build leaves nothing in the cache and says what Go said', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat('echo half > "$file"; echo "oops.go:1:2: no" >&2; exit 1'));
  const error = await failureOf(resolveLamp(workshop));
  expect(error).toMatchObject({ kind: 'environment' });
  expect(error.happened).toContain('build lamp 1.2.3: go build: exit 1');
  expect(error.output).toContain('oops.go:1:2: no');
  expect(error.output).toContain('release: no pinned SHA-256 for lamp 1.2.3');
  expect(await workshop.cached()).toEqual(['lamp-1.2.3']);
});

test.each([
  ['write /x: no space left on device', 'the disk is full', 'KUBEDRILL_CACHE'],
  ['dial tcp: lookup proxy: no such host', 'modules could not be downloaded', 'GOPROXY'],
  ['reading https://proxy/x.zip: 403 Forbidden', 'modules could not be downloaded', 'GOPROXY'],
])('a build that ends with "%s" says: %s', async (said, happened, hint) => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat(`echo '${said}' >&2; exit 1`));
  const error = await failureOf(resolveLamp(workshop));
  expect(error.happened).toContain(happened);
  expect(error.hint).toContain(hint);
});

test('a program that tells another version than was asked for does not get into the cache', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat(BUILDS_WELL.replace('1.2.3', '1.2.4')));
  const error = await failureOf(resolveLamp(workshop));
  expect(error.happened).toContain('is 1.2.4, not 1.2.3');
  expect(await workshop.cached()).toEqual(['lamp-1.2.3']);
});

test('without any source the error lists each with its reason and says what to install', async () => {
  await using workshop = await openWorkshop();
  const error = await failureOf(resolveLamp(workshop));
  expect(error).toMatchObject({ kind: 'environment', happened: 'no source has it' });
  for (const source of ['given', 'PATH', 'cache', 'release', 'image', 'go', 'distribution']) {
    expect(error.output).toMatch(new RegExp(`^${source}: .+$`, 'm'));
  }
  expect(error.hint).toContain('install Go');
});

test('a cache that cannot be written is an error of the environment that names the variable', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat(BUILDS_WELL));
  const env = { ...workshop.env, KUBEDRILL_CACHE: join(workshop.root, 'record') };
  const error = await failureOf(resolveLamp(workshop, { env }));
  expect(error).toMatchObject({ kind: 'environment' });
  expect(error.hint).toContain('KUBEDRILL_CACHE');
});

test('a Go that is too old is passed over', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat(BUILDS_WELL, 'go1.24.9'));
  const error = await failureOf(resolveLamp(workshop));
  expect(error.output).toContain('go: Go is too old: go1.24.9, needs go1.25.0');
});

test('a build that is interrupted leaves nothing, and no process', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat('echo half > "$file"; exec sleep 300'));
  const stop = new AbortController();
  const failed = failureOf(resolveLamp(workshop, { signal: stop.signal }));
  const pid = await pidOfBuild(workshop, 1);
  stop.abort();
  expect(await failed).toMatchObject({ kind: 'interrupted' });
  expect(await workshop.cached()).toEqual(['lamp-1.2.3']);
  await untilGone(pid);
});

test('after a SIGKILL in the middle of a build the next one clears up and builds', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat('echo half > "$file"; exec sleep 300'));
  const killed = resolveInOwnProcess(workshop);
  const pid = await pidOfBuild(workshop, 1);
  const lock = join(workshop.root, 'cache/toolchain/lamp-1.2.3/.lock');
  process.kill(Number((await readFile(lock, 'utf8')).split('-')[0]), 'SIGKILL');
  await killed;
  await untilGone(pid);
  expect((await workshop.cached()).some((name) => name.includes('.making-'))).toBe(true);
  await workshop.script('go', goThat(BUILDS_WELL));
  await resolveLamp(workshop);
  expect(await workshop.cached()).toEqual(['lamp-1.2.3', 'lamp-1.2.3/lamp', 'lamp-1.2.3/lampctl']);
});

test('two at once build each tool once, and the one that waits says for whom', async () => {
  await using workshop = await openWorkshop();
  const goOn = join(workshop.root, 'go-on');
  const build = `until [ -e "${goOn}" ]; do sleep 0.05; done; ${BUILDS_WELL}`;
  await workshop.script('go', goThat(build));
  const other = resolveInOwnProcess(workshop);
  await pidOfBuild(workshop, 1);
  const waited: string[] = [];
  const onProgress = ({ detail }: { detail: string }) => {
    waited.push(detail);
    if (detail.includes('another kubedrill')) writeFileSync(goOn, '');
  };
  const mine = await resolveLamp(workshop, { onProgress });
  const theirs = await other;
  expect(theirs.exitCode, theirs.stderr).toBe(0);
  expect(mine.map((each) => each.source)).toEqual(['cache', 'cache']);
  expect(waited.join('\n')).toMatch(/another kubedrill \(pid \d+\) is making it/);
  expect(await workshop.recorded()).toHaveLength(2);
});

test('a release is downloaded and unpacked when its sum is pinned, and refused when it differs', async () => {
  await using workshop = await openWorkshop();
  const { root, matrix } = workshop;
  await mkdir(join(root, 'lamp-1.2.3'));
  for (const tool of ['lamp', 'lampctl']) {
    await writeFile(join(root, 'lamp-1.2.3', tool), `#!/bin/sh\n${programOf('1.2.3')}\n`);
  }
  await run('tar', ['-czf', 'lamp.tar.gz', 'lamp-1.2.3'], { timeoutMs: 10_000, cwd: root });
  const archive = await readFile(join(root, 'lamp.tar.gz'));
  const server = createServer((_, answer) => answer.end(archive)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lamp = matrix.products.lamp;
  const [family] = lamp?.families ?? [];
  if (!lamp?.release || !family) throw new Error('the matrix lost its lamp');
  lamp.release.url = `${base}/lamp-{version}.tar.gz`;
  try {
    family.releaseSha256 = { [`${base}/lamp-1.2.3.tar.gz`]: '0'.repeat(64) };
    const refused = await failureOf(resolveLamp(workshop));
    expect(refused.happened).toContain('SHA-256 is ');
    expect(await workshop.cached()).toEqual(['lamp-1.2.3']);

    const sum = createHash('sha256').update(archive).digest('hex');
    family.releaseSha256 = { [`${base}/lamp-1.2.3.tar.gz`]: sum };
    const taken = await resolveLamp(workshop);
    expect(taken.map((each) => each.source)).toEqual(['release', 'release']);
  } finally {
    server.close();
  }
});

test('a download that nobody answers is passed over for the next source', async () => {
  await using workshop = await openWorkshop();
  const family = workshop.matrix.products.lamp?.families[0];
  if (family) family.releaseSha256 = { 'http://127.0.0.1:1/lamp-1.2.3.tar.gz': '0'.repeat(64) };
  await workshop.script('go', goThat(BUILDS_WELL));
  const [lamp] = await resolveLamp(workshop);
  expect(lamp?.source).toBe('go');
  expect(lamp?.passedOver.find((each) => each.source === 'release')?.reason).toContain('download');
});

test('with a Docker that answers, the programs are copied out of the image and the container removed', async () => {
  await using workshop = await openWorkshop();
  const copy = `for last; do :; done; printf '#!/bin/sh\\n${programOf('1.2.3')}\\n' > "$last"`;
  await workshop.script('docker', `echo "$1" >> "$RECORD"; [ "$1" = cp ] || exit 0; ${copy}`);
  const taken = await resolveLamp(workshop);
  expect(taken.map((each) => each.source)).toEqual(['image', 'image']);
  expect(await workshop.recorded()).toEqual(['version', 'pull', 'create', 'cp', 'cp', 'rm']);
});

test('foreseeing says where a tool would come from and makes nothing', async () => {
  await using workshop = await openWorkshop();
  await workshop.script('go', goThat(BUILDS_WELL));
  const { matrix, env } = workshop;
  const outlook = await foreseeProduct('lamp', undefined, { matrix, env });
  expect(outlook).toMatchObject([
    { tool: 'lamp', version: '1.2.3', source: 'go', path: undefined },
    { tool: 'lampctl', version: '1.2.3', source: 'go', path: undefined },
  ]);
  expect(await workshop.cached()).toEqual([]);
  expect(await workshop.recorded()).toEqual([]);
});

function resolveInOwnProcess(workshop: Workshop) {
  const script = `
    const { resolveProduct } = await import(${JSON.stringify(resolveModule)});
    const matrix = JSON.parse(process.env.MATRIX);
    await resolveProduct('lamp', '1.2', { matrix });`;
  return run(process.execPath, ['--input-type=module', '--eval', script], {
    timeoutMs: 30_000,
    env: { ...workshop.env, MATRIX: JSON.stringify(workshop.matrix) },
  });
}

const resolveModule = new URL('../../../harness/toolchain/resolve.ts', import.meta.url).href;

/** Waits until the `count`-th build has begun; returns its pid. */
function pidOfBuild(workshop: Workshop, count: number): Promise<number> {
  return until(
    `build ${count} has begun`,
    async () => {
      const line = (await workshop.recorded())[count - 1];
      return line === undefined ? notYet('no build') : done(Number(line.split(' ')[1]));
    },
    { timeoutMs: 20_000 },
  );
}

function untilGone(pid: number): Promise<void> {
  return until(
    `process ${pid} is gone`,
    () => (isAlive(pid) ? notYet('it runs') : done(undefined)),
    { timeoutMs: 10_000 },
  );
}
