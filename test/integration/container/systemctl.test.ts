import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../harness/support/clock.ts';
import { newRunId } from '../../../harness/support/ids.ts';
import { connectEngine } from '../../../harness/targets/container/engine.ts';
import { ensureHostImage } from '../../../harness/targets/container/host-image.ts';
import {
  type IdleContainer,
  idleContainer,
} from '../../../harness/targets/container/idle-container.ts';
import { resolveToolchain } from '../../../harness/toolchain/toolchain.ts';
import { requireTarget } from '../required.ts';

await requireTarget('container');

const TIMEOUT_MS = 120_000;
/** The one that the answers without Python must not differ from. */
const PYTHON = '/usr/local/lib/kubedrill/systemctl';

let idle: IdleContainer;

beforeAll(async () => {
  const toolchain = await resolveToolchain({ kubernetes: 'none' });
  const image = await ensureHostImage(toolchain, { onProgress: () => {} });
  const runId = newRunId(systemClock.nowMs());
  idle = await idleContainer(await connectEngine(), { image, runId, volumes: [] });
}, TIMEOUT_MS);

afterAll(async () => {
  await idle?.[Symbol.asyncDispose]();
});

async function sh(script: string): Promise<string> {
  const finished = await idle.shell.run(script, { timeoutMs: 60_000 });
  expect(finished.exitCode, finished.stderr).toBe(0);
  return finished.stdout;
}

/** What is-active says of a unit, and with which exit code: with Python out of reach, and Python itself. */
async function activityOf(unit: string): Promise<{ answer: string; python: string }> {
  const ask = (program: string) => `echo "$(${program} is-active ${unit}; echo "exit $?")"`;
  return {
    answer: await sh(`chmod -x ${PYTHON}; ${ask('systemctl')}; chmod +x ${PYTHON}`),
    python: await sh(ask(PYTHON)),
  };
}

const pidOf = (unit: string) => `$(sed -n 's/^MainPID=//p' /run/${unit}.service.status)`;

test('tells whether a unit lives as the daemonless systemctl does, without starting Python', {
  timeout: TIMEOUT_MS,
}, async () => {
  await sh(`printf '%s\\n' '[Service]' 'Type=simple' 'ExecStart=/bin/sleep 1000' \\
    >/etc/systemd/system/sleeper.service`);
  const states: [does: string, answer: string][] = [
    ['true', 'inactive\nexit 3\n'],
    ['systemctl start sleeper', 'active\nexit 0\n'],
    [`kill -STOP ${pidOf('sleeper')}`, 'active\nexit 0\n'],
    [`kill -CONT ${pidOf('sleeper')}`, 'active\nexit 0\n'],
    // Nobody waits for it here, so that it stays a zombie.
    [`kill -KILL ${pidOf('sleeper')}`, 'failed\nexit 3\n'],
    ['systemctl restart sleeper', 'active\nexit 0\n'],
    ['systemctl stop sleeper', 'inactive\nexit 3\n'],
    ['systemctl start sleeper', 'active\nexit 0\n'],
    // What nobody remembers at all has ended too.
    ["sed -i 's/=.*/=4194303/' /run/sleeper.service.status", 'failed\nexit 3\n'],
  ];
  for (const [does, answer] of states) {
    await sh(does);
    expect(await activityOf('sleeper'), does).toEqual({ answer, python: answer });
  }
});

test('leaves to Python what is not one process with a note of its number', {
  timeout: TIMEOUT_MS,
}, async () => {
  await sh(`printf '%s\\n' '[Service]' 'Type=oneshot' 'RemainAfterExit=yes' 'ExecStart=/bin/true' \\
    >/etc/systemd/system/once.service
  systemctl start once`);
  expect(await sh('systemctl is-active once')).toBe('active\n');
  expect(await sh('systemctl is-active nosuch || echo "exit $?"')).toBe('unknown\nexit 3\n');
  expect(await sh('systemctl is-active once sleeper || echo "exit $?"')).toMatch(
    /^active\n.*\nexit 3\n$/,
  );
});
