import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, existsSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordSchema } from '../../../harness/model/record.ts';
import { ensureHostImage } from '../../../harness/targets/container/host-image.ts';
import { makeNetwork } from '../../../harness/targets/container/subnet.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { resolveToolchain } from '../../../harness/toolchain/toolchain.ts';
import {
  drill,
  ENTRY,
  eventsIn,
  untilEvent,
  type Workplace,
  workplace,
} from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { type OwnDockerd, ownDockerd, whyNoOwnDockerd } from './own-dockerd.ts';

await requireTarget('container');

const NOBODY = 65_534;
const MIB = 1024 ** 2;
const WITHOUT_KUBERNETES = ['--target', 'container', '--kubernetes', 'none'];
const DRILL = ['quorum-loss', ...WITHOUT_KUBERNETES];
const TIMEOUT_MS = 180_000;

test('no daemon at DOCKER_HOST ends the drill before anything is made', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const dead = { DOCKER_HOST: `unix://${place.directory}/nobody.sock` };
  const { ended, record } = await drill(place, DRILL, dead);
  expect(ended.exitCode).toBe(3);
  expect(record.drills[0]).toMatchObject({
    verdict: 'error',
    reason: expect.stringContaining('there is no such socket'),
  });
});

test.skipIf(process.getuid?.() !== 0)(
  'who may not use the socket is told how to be allowed',
  { timeout: TIMEOUT_MS },
  async () => {
    await using place = await workplace();
    const { directory } = place;
    const tools = await resolveProduct('etcd', undefined, {}, ['etcd', 'etcdctl', 'etcdutl']);
    const options = tools.flatMap(({ tool, path }) => {
      copyFileSync(path, join(directory, tool));
      return ['--tool', `${tool}=${join(directory, tool)}`];
    });
    chmodSync(directory, 0o755);
    chownSync(directory, NOBODY, NOBODY);
    const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const command = [process.execPath, ENTRY, 'run', ...DRILL, ...options];
    const ended = spawnSync('setpriv', [...asNobody, ...command], {
      cwd: directory,
      env: { ...process.env, HOME: directory, XDG_STATE_HOME: join(directory, 'state') },
      encoding: 'utf8',
    });
    expect(ended.status, ended.stderr).toBe(3);
    expect(ended.stdout).toContain('this user may not use its socket');
    expect(ended.stdout).toContain('usermod');
  },
);

describe.skipIf(whyNoOwnDockerd() !== undefined)('with a daemon that gets into trouble', () => {
  let daemon: OwnDockerd;
  beforeAll(async () => {
    const toolchain = await resolveToolchain({ kubernetes: 'none' });
    const image = await ensureHostImage(toolchain, { onProgress: () => {} });
    daemon = await ownDockerd(3072 * MIB);
    daemon.take(image);
  }, TIMEOUT_MS);
  afterAll(() => daemon?.[Symbol.asyncDispose]());

  /** Starts a drill where the daemon's containers can be reached. */
  function start(place: Workplace, out: string, args: string[] = [], env = {}) {
    const [program = '', ...enter] = daemon.enter;
    const options = [...DRILL, ...args, '--out', out, '--json'];
    const command = [process.execPath, ENTRY, 'run', ...options];
    const child = spawn(program, [...enter, ...command], {
      cwd: place.directory,
      env: {
        ...process.env,
        DOCKER_HOST: daemon.address,
        XDG_STATE_HOME: join(place.directory, 'state'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const ended = once(child, 'close').then(() => ({
      exitCode: child.exitCode,
      record: recordSchema.parse(JSON.parse(stdout)),
    }));
    return { child, ended };
  }

  /** Names of everything that is not the daemon's own. */
  function left(): string[] {
    const labelled = ['--filter', 'label=io.kubedrill.run', '--quiet'];
    const [containers, networks, volumes] = [
      daemon.docker('ps', '--all', ...labelled),
      daemon.docker('network', 'ls', ...labelled),
      daemon.docker('volume', 'ls', '--quiet'),
    ];
    return `${containers}${networks}${volumes}`.split('\n').filter(Boolean);
  }

  test.each(['provision', 'recover'])(
    'a restart of it in phase %s ends the drill as an error, and nothing is left',
    async (phase) => {
      await using place = await workplace();
      const out = join(place.directory, 'run');
      const { ended } = start(place, out);
      await untilEvent(
        out,
        `phase ${phase} has begun`,
        (event) => event.type === 'phase-started' && event.phase === phase,
      );
      // In provision: when there is something to be lost.
      if (phase === 'provision')
        await untilEvent(out, 'a service is started', (event) => event.type === 'service');
      await daemon.restart();
      const { exitCode, record } = await ended;
      expect(record.drills[0]).toMatchObject({
        verdict: 'error',
        reason: expect.stringMatching(/^keep (the hosts|host [a-z0-9-]+)|docker\.sock/),
      });
      expect(exitCode).toBe(3);
      expect(eventsIn(out).filter(({ type }) => type === 'left')).toEqual([]);
      expect(left()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'an image that cannot be built ends the drill with each way that was tried',
    async () => {
      await using place = await workplace();
      const [etcd] = await resolveProduct('etcd', undefined, {}, ['etcd']);
      const another = join(place.directory, 'etcd');
      copyFileSync(etcd?.path ?? '', another); // Younger, so that the image that is there is not of it.
      // The daemon has no way out to a registry, and debootstrap stands in /usr/sbin.
      const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
      const { ended } = start(
        place,
        join(place.directory, 'run'),
        ['--tool', `etcd=${another}`],
        env,
      );
      const { exitCode, record } = await ended;
      expect(record.drills[0]).toMatchObject({
        verdict: 'error',
        reason: expect.stringMatching(/debian:12-slim.* cannot be pulled.*debootstrap is missing/),
      });
      expect(exitCode).toBe(3);
      expect(left()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test.each(['quorum-loss', 'partition-minority'])(
    'drill %s passes, and leaves nothing, where the network of its hosts is out of reach',
    async (scenario) => {
      await using place = await workplace();
      const { ended, record } = await drill(place, [scenario, ...WITHOUT_KUBERNETES], {
        DOCKER_HOST: daemon.address,
      });
      const [{ verdict, reason } = { verdict: 'none', reason: '' }] = record.drills;
      expect({ verdict, exitCode: ended.exitCode }, reason).toEqual({
        verdict: 'passed',
        exitCode: 0,
      });
      expect(left()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test('a harness that was killed is cleaned up after by label alone', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await using place = await workplace();
    const out = join(place.directory, 'run');
    const { child, ended } = start(place, out);
    ended.catch(() => {}); // It writes no document.
    await untilEvent(
      out,
      'the baseline',
      (event) => event.type === 'phase-started' && event.phase === 'baseline',
    );
    const env = { DOCKER_HOST: daemon.address };
    const early = await place.kubedrill(['clean', '--json'], env);
    expect(JSON.parse(early.stdout)).toMatchObject({ containers: [], removed: [] });
    child.kill('SIGKILL');
    await once(child, 'close');
    // As if it had happened in another home.
    rmSync(join(place.directory, 'state'), { recursive: true });
    expect(left().length).toBeGreaterThan(4);
    const foreseen = await place.kubedrill(['clean', '--dry-run', '--json'], env);
    const [{ names = [] } = {}] = JSON.parse(foreseen.stdout).containers;
    expect(names.join('\n')).toMatch(/container .*etcd-1/);
    expect(names.join('\n')).toMatch(/network /);
    expect(names.join('\n')).toMatch(/volume /);
    const cleaned = await place.kubedrill(['clean'], env);
    expect(cleaned).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('removed') });
    expect(left()).toEqual([]);
  });

  test(
    'takes a subnet that is free, and says so when none is',
    async () => {
      const engine = new Dockerode({ socketPath: daemon.address.replace('unix://', '') });
      daemon.docker('network', 'create', '--subnet', '10.78.0.0/17', 'half');
      const { network, prefix } = await makeNetwork(engine, 'test-half');
      expect(Number(prefix.split('.')[2])).toBeGreaterThanOrEqual(128);
      await network.remove();
      daemon.docker('network', 'create', '--subnet', '10.78.128.0/17', 'other-half');
      await expect(makeNetwork(engine, 'test-none')).rejects.toMatchObject({
        kind: 'environment',
        happened: expect.stringContaining('every one is taken'),
        hint: expect.stringContaining('docker network ls'),
      });
      daemon.docker('network', 'rm', 'half', 'other-half');
    },
    TIMEOUT_MS,
  );

  test(
    'a full disk ends the drill as an error that names it, and nothing is left',
    async () => {
      await using place = await workplace();
      const { bavail, bsize } = statfsSync(daemon.data);
      const filler = join(daemon.data, 'filler');
      // Less than the first file that etcd allocates.
      const length = String(bavail * bsize - 40 * MIB);
      spawnSync('fallocate', ['--length', length, filler]);
      expect(existsSync(filler)).toBe(true);
      try {
        const { ended } = start(place, join(place.directory, 'run'));
        const { exitCode, record } = await ended;
        expect(record.drills[0]).toMatchObject({ verdict: 'error' });
        expect(JSON.stringify(record.drills[0])).toContain('no space left on device');
        expect(exitCode).toBe(3);
      } finally {
        rmSync(filler);
      }
      expect(left()).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
