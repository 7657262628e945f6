import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../../../harness/exec/run.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubedrill-docker-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Programs that stand in PATH before the machine's own. */
function standIns(programs: Record<string, string>): string {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return `${bin}:${process.env.PATH}`;
}

describe('the restricted runtime', () => {
  const script = join(packageRoot, 'ci/docker/runc-restricted');
  const PATH = standIns({ runc: 'echo "$@"' });
  const bundleOf = (...capabilities: string[]) => {
    const bundle = mkdtempSync(join(folder, 'bundle-'));
    const all = { bounding: capabilities, effective: capabilities, permitted: capabilities };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify({ process: { capabilities: all } }));
    return bundle;
  };
  const capabilitiesIn = (file: string) =>
    JSON.parse(readFileSync(file, 'utf8')).process.capabilities;

  test.each([
    { place: 'first', capabilities: ['CAP_SYS_RESOURCE', 'CAP_KILL', 'CAP_CHOWN'] },
    { place: 'in the middle', capabilities: ['CAP_KILL', 'CAP_SYS_RESOURCE', 'CAP_CHOWN'] },
    { place: 'last', capabilities: ['CAP_KILL', 'CAP_CHOWN', 'CAP_SYS_RESOURCE'] },
  ])(
    'strikes the capability out of every list where it stands $place',
    async ({ capabilities }) => {
      const bundle = bundleOf(...capabilities);
      await run(script, ['create', '--bundle', bundle, 'a'], { timeoutMs: 10_000, env: { PATH } });
      const left = ['CAP_KILL', 'CAP_CHOWN'];
      expect(capabilitiesIn(join(bundle, 'config.json'))).toEqual({
        bounding: left,
        effective: left,
        permitted: left,
      });
    },
  );

  test('leaves a list of which it was the only one empty', async () => {
    const bundle = bundleOf('CAP_SYS_RESOURCE');
    await run(script, ['create', `--bundle=${bundle}`, 'a'], { timeoutMs: 10_000, env: { PATH } });
    expect(capabilitiesIn(join(bundle, 'config.json')).effective).toEqual([]);
  });

  test('does the same for a process that enters a container, and hands all arguments on', async () => {
    const file = join(bundleOf('CAP_KILL', 'CAP_SYS_RESOURCE'), 'config.json');
    const args = ['--root', '/run/x', 'exec', '--process', file, '--detach', 'a'];
    const ended = await run(script, args, { timeoutMs: 10_000, env: { PATH } });
    expect(ended.stdout).toBe(`${args.join(' ')}\n`);
    expect(capabilitiesIn(file).bounding).toEqual(['CAP_KILL']);
  });

  test('stays out of the way of commands that start nothing', async () => {
    const ended = await run(script, ['state', 'a'], { timeoutMs: 10_000, env: { PATH } });
    expect(ended).toMatchObject({ exitCode: 0, stdout: 'state a\n', stderr: '' });
  });
});

describe('start-dockerd.sh', () => {
  const script = join(packageRoot, 'ci/docker/start-dockerd.sh');
  const env = (programs: Record<string, string>) => ({
    PATH: standIns(programs),
    DOCKER_HOST: undefined,
    DOCKERD_LOG: join(folder, 'dockerd.log'),
    RUNC_RESTRICTED: join(folder, 'runc-restricted'),
  });

  test('does nothing where a daemon answers', async () => {
    const programs = { docker: 'exit 0', dockerd: 'echo started; exit 1' };
    const ended = await run(script, [], { timeoutMs: 10_000, env: env(programs) });
    expect(ended).toMatchObject({ exitCode: 0, stdout: 'docker: a daemon answers\n' });
  });

  test('starts none in the place of one that DOCKER_HOST names', async () => {
    const own = { ...env({ docker: 'exit 1' }), DOCKER_HOST: 'unix:///nowhere.sock' };
    const ended = await run(script, [], { timeoutMs: 10_000, env: own });
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('no daemon answers at DOCKER_HOST=unix:///nowhere.sock');
  });

  test.runIf(process.getuid?.() === 0)(
    'prints the end of the log of a daemon that did not come up',
    async () => {
      const programs = { docker: 'exit 1', dockerd: 'echo "no iptables here"; exit 1' };
      const ended = await run(script, [], { timeoutMs: 30_000, env: env(programs) });
      expect(ended.exitCode).toBe(3);
      expect(ended.stderr).toContain('dockerd could not be started: it ended');
      expect(ended.stderr).toContain('no iptables here');
    },
  );
});

describe('setup.sh', () => {
  const script = join(packageRoot, 'ci/setup.sh');
  const called = join(folder, 'called');
  const calls = async (require: string, docker: string) => {
    writeFileSync(called, '');
    const note = `echo "$(basename "$0") $*" >>${called}`;
    const PATH = standIns({
      docker: `${note}; ${docker}`,
      'apt-get': `${note}; exit 9`,
      debootstrap: `${note}; exit 9`,
    });
    const env = { PATH, KUBEDRILL_REQUIRE: require };
    const ended = await run(script, [], { timeoutMs: 30_000, env });
    return { ended, calls: readFileSync(called, 'utf8').trim().split('\n').filter(Boolean) };
  };

  test('does not touch Docker for the process target', async () => {
    const { ended, calls: made } = await calls('process', 'exit 0');
    expect(ended.exitCode).toBe(0);
    expect(made).toEqual([]);
  });

  test.each(['container', 'process,container', 'process,kind'])(
    'with KUBEDRILL_REQUIRE=%s only looks where everything is there',
    async (require) => {
      const { ended, calls: made } = await calls(require, 'exit 0');
      expect(ended.exitCode).toBe(0);
      expect(ended.stdout).toContain('the base image debian:12-slim is there');
      expect(made.filter((call) => !/^docker (info|image inspect)/.test(call))).toEqual([]);
    },
  );

  test('pulls the base image where it is not there', async () => {
    const { ended, calls: made } = await calls('container', '[ "$1" != image ]');
    expect(ended.exitCode).toBe(0);
    expect(made.at(-1)).toBe('docker pull --quiet debian:12-slim');
  });
});
