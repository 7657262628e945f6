import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Request } from '../../../harness/chaos/message.ts';
import { runScript, type ScriptRun } from '../../../harness/chaos/run-script.ts';
import { isAlive } from '../../../harness/exec/processes.ts';
import { DrillError } from '../../../harness/support/errors.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';

/** Outside of the package, as a user's own scenario is: nothing can be imported from there by itself. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-chaos-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Played {
  requests: Request[];
  said: string[];
}

async function play(text: string, changes: Partial<ScriptRun> = {}): Promise<Played> {
  const played: Played = { requests: [], said: [] };
  const file = join(folder, 'x.mjs');
  await writeFile(file, text);
  await runScript({
    file,
    name: 'chaos/x.mjs',
    hosts: [
      { name: 'cp-1', address: '10.77.0.11', roles: ['member', 'control-plane'] },
      { name: 'etcd-2', address: '10.77.0.12', roles: ['member'] },
    ],
    seed: 7,
    turn: 3,
    settings: { pauseMs: 5 },
    timeoutMs: 20_000,
    logFile: join(folder, 'log'),
    signal: new AbortController().signal,
    recovery: new AbortController().signal,
    serve: async (request) => {
      played.requests.push(request);
      if (request.type === 'exec') return { stdout: 'said\n', stderr: '', exitCode: 0 };
      return { hosts: ['cp-1'], took: 'effect', evidence: 'cp-1 is off' };
    },
    log: (message) => played.said.push(message),
    ...changes,
  });
  return played;
}

async function problemOf(text: string, changes: Partial<ScriptRun> = {}): Promise<DrillError> {
  const thrown = await play(text, changes).catch((error: unknown) => error);
  if (!(thrown instanceof DrillError)) throw new Error(`no DrillError: ${String(thrown)}`);
  return thrown;
}

/** The pid that a script wrote there. */
async function pidIn(file: string): Promise<number> {
  return until(
    `${file} is there`,
    async () => {
      const pid = existsSync(file) ? Number(await readFile(file, 'utf8')) : 0;
      return pid > 0 ? done(pid) : notYet('not yet');
    },
    { timeoutMs: 15_000 },
  );
}

async function gone(pid: number): Promise<void> {
  await until(`process ${pid} is gone`, () => (isAlive(pid) ? notYet('it is there') : done(true)), {
    timeoutMs: 10_000,
  });
}

describe('a chaos script', () => {
  it('gets hosts, settings, turn and numbers of the seed, and zx is its own', async () => {
    const { said } = await play(`
      import { hosts, log, random, settings, turn } from 'kubedrill/chaos';
      import { $ } from 'zx';
      log(hosts.map(({ name, roles }) => name + ':' + roles.join('+')).join(' '));
      log(settings.pauseMs, turn, random.below(1000));
      log((await $\`echo from zx\`).stdout.trim());
    `);
    const again = await play(
      `import { log, random } from 'kubedrill/chaos'; log(random.below(1000));`,
    );
    expect(said).toEqual([
      'cp-1:member+control-plane etcd-2:member',
      `5 3 ${again.said[0]}`,
      'from zx',
    ]);
  });

  it('runs commands on hosts, with words quoted, and strikes with faults by name', async () => {
    const { requests, said } = await play(`
      import { fault, log, lost, onHost } from 'kubedrill/chaos';
      const { stdout } = await onHost('cp-1')\`touch \${"it's here"} \${['a', 'b c']}\`;
      const { evidence } = await fault('power-off', { hosts: 'minority', wipe: true });
      await lost('cp-1');
      log(stdout.trim(), evidence);
    `);
    expect(requests).toEqual([
      { type: 'exec', host: 'cp-1', script: `touch 'it'\\''s here' a 'b c'`, timeoutMs: 30_000 },
      {
        type: 'fault',
        call: { fault: 'power-off', hosts: 'minority', with: { wipe: true } },
      },
      { type: 'lost', hosts: ['cp-1'] },
    ]);
    expect(said).toEqual(['said cp-1 is off']);
  });

  it('is told what the harness could not do', async () => {
    const { said } = await play(
      `
      import { fault, log, onHost } from 'kubedrill/chaos';
      await fault('earthquake').catch(({ message }) => log(message));
      await fault('freeze', { hosts: 5 }).catch(({ message }) => log(message.length > 0));
      await onHost('cp-1')\`false\`.catch(({ message }) => log(message));
      log((await onHost('cp-1', { nothrow: true })\`false\`).exitCode);
      `,
      {
        serve: async (request) => {
          if (request.type === 'fault') throw new Error('there is no such fault');
          return { stdout: '', stderr: 'no\n', exitCode: 1 };
        },
      },
    );
    expect(said).toEqual(['there is no such fault', 'true', 'cp-1: false: exit 1\nno', '1']);
  });

  it('that throws is an error of the environment with its last lines', async () => {
    const error = await problemOf(`throw new Error('the plug is stuck');`);
    expect(error.kind).toBe('environment');
    expect(error.message).toContain('run the chaos script chaos/x.mjs: it ended with exit code 1');
    expect(error.output).toContain('the plug is stuck');
  });

  it('that is not there, or is no JavaScript, says so', async () => {
    const missing = await problemOf('', { file: join(folder, 'nosuch.mjs') });
    expect(missing.output).toContain('nosuch.mjs');
    expect((await problemOf('this is not JavaScript')).output).toContain('SyntaxError');
  });

  it('that ends by itself with exit code 0 has done its work', async () => {
    await play('process.exit(0);');
  });

  it.each([
    ['waits for ever', `await new Promise((resolve) => setTimeout(resolve, 3600_000));`],
    ['hears nothing any more', 'for (;;);'],
  ])('that %s is ended at its deadline, with what it started', async (_, hang) => {
    const error = await problemOf(
      `
      import { $ } from 'zx';
      import { writeFileSync } from 'node:fs';
      const child = $\`sleep 3600\`;
      while (child.pid === undefined) await new Promise(setImmediate);
      writeFileSync('pid', String(child.pid));
      ${hang}
      `,
      { timeoutMs: 10_000 },
    );
    expect(error.message).toContain('not finished within 10 s');
    await gone(await pidIn(join(folder, 'pid')));
  });

  it('is ended when the drill is stopped', async () => {
    const stop = new AbortController();
    const running = play(
      `import { writeFileSync } from 'node:fs'; writeFileSync('pid', String(process.pid)); for (;;);`,
      { signal: stop.signal },
    );
    const pid = await pidIn(join(folder, 'pid'));
    stop.abort();
    await running;
    await gone(pid);
  });

  it('is told when the recovery begins, and may end by itself then', async () => {
    const recovery = new AbortController();
    const running = play(
      `
      import { log, recovery } from 'kubedrill/chaos';
      import { writeFileSync } from 'node:fs';
      writeFileSync('pid', String(process.pid));
      await new Promise((resolve) => recovery.addEventListener('abort', resolve));
      log('good night');
      `,
      { recovery: recovery.signal },
    );
    await pidIn(join(folder, 'pid'));
    recovery.abort();
    expect((await running).said).toEqual(['good night']);
  });

  it('that goes on when the recovery begins is ended, which is no error', async () => {
    const recovery = new AbortController();
    const running = play(
      `import { writeFileSync } from 'node:fs'; writeFileSync('pid', String(process.pid)); for (;;);`,
      { recovery: recovery.signal },
    );
    const pid = await pidIn(join(folder, 'pid'));
    recovery.abort();
    await running;
    await gone(pid);
  });
});
