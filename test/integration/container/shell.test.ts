import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../harness/support/clock.ts';
import { newRunId } from '../../../harness/support/ids.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { connectEngine, type Engine } from '../../../harness/targets/container/engine.ts';
import { ensureHostImage } from '../../../harness/targets/container/host-image.ts';
import {
  type IdleContainer,
  idleContainer,
} from '../../../harness/targets/container/idle-container.ts';
import { ContainerShell } from '../../../harness/targets/container/shell/container-shell.ts';
import { resolveToolchain } from '../../../harness/toolchain/toolchain.ts';
import { requireTarget } from '../required.ts';

await requireTarget('container');

const TIMEOUT_MS = 120_000;
const SOON = { timeoutMs: 30_000 };

let engine: Engine;
let image: string;
let idle: IdleContainer;

async function idling(): Promise<IdleContainer> {
  return idleContainer(engine, { image, runId: newRunId(systemClock.nowMs()), volumes: [] });
}

async function isGone(command: string): Promise<void> {
  await until(
    `${command} runs no more`,
    async () => {
      const { stdout } = await idle.shell.run(`pgrep -c -f "^${command}" || true`, SOON);
      return stdout === '0\n' ? done(true) : notYet(`${stdout.trim()} processes`);
    },
    { timeoutMs: 10_000, intervalMs: 50 },
  );
}

beforeAll(async () => {
  const toolchain = await resolveToolchain({ kubernetes: 'none' });
  image = await ensureHostImage(toolchain, { onProgress: () => {} });
  engine = await connectEngine();
  idle = await idling();
}, TIMEOUT_MS);

afterAll(async () => {
  await idle?.[Symbol.asyncDispose]();
});

test('a script has its folder, its environment, no input, and its two outputs apart', async () => {
  const script = 'pwd; echo "$WHO, $HOME"; cat; echo what went wrong >&2; exit 7';
  const finished = await idle.shell.run(script, { ...SOON, cwd: '/etc', env: { WHO: 'a = b' } });
  expect(finished).toMatchObject({
    exitCode: 7,
    problem: undefined,
    stdout: '/etc\na = b, /root\n',
    stderr: 'what went wrong\n',
  });
  expect(finished.command).toBe(`bash -euo pipefail -c '${script}'`);
});

test('it runs in the shell that it asks for, and one that is not there is told', async () => {
  const { stdout } = await idle.shell.run('echo "$0, $-"', { ...SOON, shell: 'sh -u' });
  expect(stdout).toMatch(/^sh, \w*u/);
  const missing = await idle.shell.run('true', { ...SOON, shell: 'fish' });
  expect(missing).toMatchObject({
    exitCode: 127,
    stderr: 'fish in /root: No such file or directory\n',
  });
  const lost = await idle.shell.run('true', { ...SOON, cwd: '/nowhere' });
  expect(lost.stderr).toBe('bash in /nowhere: No such file or directory\n');
});

test('megabytes go in and come out whole, whether or not anybody reads them', async () => {
  const input = randomBytes(3 * 1024 ** 2).toString('base64');
  const echoed = await idle.shell.run('cat', { ...SOON, input });
  expect(echoed.stdout === input).toBe(true);
  const unread = await idle.shell.run('exec 0<&-; echo enough', { ...SOON, input });
  expect(unread).toMatchObject({ exitCode: 0, stdout: 'enough\n' });
});

test('many run at a time, and the quick do not wait for the slow', async () => {
  const slow = idle.shell.run('until [ -e /tmp/go ]; do sleep 0.05; done; echo slow', SOON);
  const quick = await Promise.all(
    Array.from({ length: 20 }, (_, number) => idle.shell.run(`echo ${number}`, SOON)),
  );
  expect(quick.map(({ stdout }) => Number(stdout))).toEqual(quick.map((_, number) => number));
  await idle.shell.run('touch /tmp/go', SOON);
  expect(await slow).toMatchObject({ exitCode: 0, stdout: 'slow\n' });
});

test('at its deadline it is killed with what it started, and what it said is kept', async () => {
  const script = 'echo begun; sleep 4321 & sleep 4321';
  const late = await idle.shell.run(script, { timeoutMs: 3000 });
  expect(late).toMatchObject({
    exitCode: null,
    problem: 'timed out after 3 s',
    stdout: 'begun\n',
  });
  await isGone('sleep 4321');
});

test('who gives up need not wait for it, and it goes on no more', async () => {
  const giveUp = new AbortController();
  const running = idle.shell.run('sleep 4322', { ...SOON, signal: giveUp.signal });
  giveUp.abort();
  expect(await running).toMatchObject({ exitCode: null, problem: 'stopped' });
  await isGone('sleep 4322');
});

test('a signal ends it as a shell would tell, and a broken pipe is one', async () => {
  const killed = await idle.shell.run('kill -KILL $$', SOON);
  expect(killed).toMatchObject({ exitCode: 137, problem: undefined });
  const piped = await idle.shell.run('yes | head -n 1', { ...SOON, shell: 'bash -o pipefail' });
  expect(piped).toMatchObject({ exitCode: 141, stdout: 'y\n' });
});

test('what it leaves running outlives it when it keeps none of its outputs', async () => {
  await idle.shell.run('setsid sleep 4323 >/dev/null 2>&1 </dev/null &', SOON);
  const { exitCode } = await idle.shell.run('pkill -f "^sleep 4323"', SOON);
  expect(exitCode).toBe(0);
});

test('when its host is switched off that is told, and the next boot has a shell again', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using host = await idling();
  const running = host.shell.run('echo begun >/tmp/begun; sleep 4324', SOON);
  await host.shell.run('until [ -e /tmp/begun ]; do sleep 0.05; done', SOON);
  const off = host.container.wait({ condition: 'not-running' });
  await host.container.kill();
  await off;
  expect(await running).toMatchObject({ exitCode: null, problem: 'its host was switched off' });
  const whileOff = await host.shell.run('true', SOON);
  expect(whileOff.problem).toMatch(/^could not be started: .*is not running/);
  await host.container.start();
  expect(await host.shell.run('echo again', SOON)).toMatchObject({ stdout: 'again\n' });
});

test('who kills the shell itself is told, and the next script finds a new one', async () => {
  const running = idle.shell.run('sleep 4325', SOON);
  await idle.shell.run('pkill -KILL -x perl', SOON).catch(() => {});
  expect((await running).problem).toBe('the shell of its host ended with code 137');
  expect(await idle.shell.run('echo again', SOON)).toMatchObject({ stdout: 'again\n' });
});

test('an image without what it is made of is told', { timeout: TIMEOUT_MS }, async () => {
  await using host = await idling();
  await host.shell.run('mv /usr/bin/perl /usr/bin/no-perl', SOON);
  const shell = new ContainerShell(host.container);
  expect((await shell.run('true', SOON)).problem).toMatch(/^could not be started: .*perl/);
});
