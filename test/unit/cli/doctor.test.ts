import { describe, expect, it } from 'vitest';
import { abilitiesOf, examine } from '../../../harness/cli/commands/doctor.ts';
import type { Machine, Outcome } from '../../../harness/cli/doctor/probe.ts';
import { environmentError } from '../../../harness/support/errors.ts';
import type { EngineSight } from '../../../harness/targets/container/engine-sight.ts';

const engine: EngineSight = {
  version: '27.1.0',
  cgroupVersion: '2',
  memoryBytes: 16 * 1024 ** 3,
  unprivileged: undefined,
  base: { from: 'here' },
  reach: { by: 'address' },
};

/** A machine on which nothing is missing. */
const healthy: Machine = {
  platform: 'linux',
  nodeVersion: '24.1.0',
  env: {},
  program: async (name) => ({ works: true, line: `${name} 1.0` }),
  namespacesForbidden: async () => undefined,
  kernelSetting: async () => undefined,
  freeBytes: async () => 100 * 1024 ** 3,
  tools: async () => [
    { tool: 'etcd', version: '3.6.1', source: 'cache', path: '/cache/etcd', passedOver: [] },
  ],
  kindTools: async () => [
    { tool: 'kind', version: '0.30.0', source: 'cache', path: '/cache/kind', passedOver: [] },
  ],
  engine: async () => engine,
};

const without =
  (missing: string): Machine['program'] =>
  async (name) =>
    name === missing ? { works: false, line: 'no such program' } : { works: true, line: name };

async function outcomeOf(probe: string, machine: Partial<Machine>): Promise<Outcome | undefined> {
  return (await examine({ ...healthy, ...machine })).find(({ name }) => name === probe);
}

async function processOn(machine: Partial<Machine>) {
  const abilities = abilitiesOf(await examine({ ...healthy, ...machine }));
  return abilities.find(({ target }) => target === 'process');
}

describe('doctor', () => {
  it('finds nothing to repair on a machine that has everything', async () => {
    const outcomes = await examine(healthy);
    expect(outcomes.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(await processOn({})).toEqual({ target: 'process', able: true, because: null });
  });

  it.each<[string, Partial<Machine>, string]>([
    ['node', { nodeVersion: '20.20.2' }, 'node@24'],
    ['linux', { platform: 'darwin' }, 'Linux'],
    ['setpriv', { program: without('setpriv') }, 'apt-get install -y util-linux'],
    ['disk', { freeBytes: async () => 1000 }, 'KUBEDRILL_CACHE'],
    [
      'tools',
      {
        tools: async () => [
          {
            tool: 'etcd',
            version: '3.6.1',
            source: undefined,
            path: undefined,
            passedOver: [{ source: 'go', reason: 'no go' }],
          },
        ],
      },
      'golang-go',
    ],
  ])(
    'refuses the process target for the sake of %s, with the cure',
    async (probe, machine, fix) => {
      const outcome = await outcomeOf(probe, machine);
      expect(outcome).toMatchObject({ state: 'fail', fix: expect.stringContaining(fix) });
      expect(await processOn(machine)).toEqual({ target: 'process', able: false, because: probe });
    },
  );

  it('says how to allow namespaces, and that drills run without them', async () => {
    const machine: Partial<Machine> = {
      namespacesForbidden: async () => 'Operation not permitted',
      kernelSetting: async (path) =>
        path === 'kernel/apparmor_restrict_unprivileged_userns' ? '1' : undefined,
    };
    expect(await outcomeOf('namespaces', machine)).toMatchObject({
      state: 'warn',
      saw: expect.stringContaining('Operation not permitted'),
      fix: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0',
    });
    expect(await processOn(machine)).toMatchObject({ able: true });
  });

  it('warns of tools that the first drill would have to build', async () => {
    const tools: Machine['tools'] = async () => [
      { tool: 'etcd', version: '3.6.1', source: 'go', path: undefined, passedOver: [] },
    ];
    expect(await outcomeOf('tools', { tools })).toMatchObject({
      state: 'warn',
      saw: expect.stringContaining('by go'),
      fix: 'kubedrill toolchain install',
    });
  });

  it('does not blame the machine for a probe that fails itself', async () => {
    const freeBytes: Machine['freeBytes'] = async () => {
      throw new Error('statfs: no permission');
    };
    expect(await outcomeOf('disk', { freeBytes })).toMatchObject({
      state: 'warn',
      saw: 'statfs: no permission',
    });
  });

  it('has one thing to repair when Docker does not answer', async () => {
    const silent: Partial<Machine> = {
      engine: async () => {
        throw environmentError(
          'reach Docker',
          'nobody listens there',
          'sudo systemctl start docker',
        );
      },
    };
    const outcomes = await examine({ ...healthy, ...silent });
    expect(outcomes.filter(({ fix }) => fix !== null)).toEqual([
      expect.objectContaining({
        name: 'docker',
        state: 'fail',
        saw: 'reach Docker: nobody listens there',
        fix: 'sudo systemctl start docker',
      }),
    ]);
    expect(abilitiesOf(outcomes)).toContainEqual({
      target: 'container',
      able: false,
      because: expect.stringContaining('docker'),
    });
    expect(await processOn(silent)).toMatchObject({ able: true });
  });

  it.each<[EngineSight['base'], object]>([
    [{ from: 'registry' }, { state: 'ok', saw: expect.stringContaining('pulls') }],
    [{ from: 'debootstrap' }, { state: 'ok', saw: expect.stringContaining('debootstrap') }],
    [
      { from: 'nowhere', reasons: ['not pullable: no such host', 'to make it you must be root'] },
      {
        state: 'fail',
        saw: 'not pullable: no such host; to make it you must be root',
        fix: expect.stringContaining('debootstrap'),
      },
    ],
  ])('tells where the base image would come from: %o', async (base, expected) => {
    const on: Partial<Machine> = { engine: async () => ({ ...engine, base }) };
    expect(await outcomeOf('base image', on)).toMatchObject(expected);
  });

  it.each<[EngineSight['reach'], object]>([
    [
      { by: 'relay', because: 'Docker Desktop' },
      { state: 'ok', saw: expect.stringMatching(/^Docker Desktop .* relay$/) },
    ],
    [
      { by: 'nothing', because: 'the engine is far away' },
      { state: 'fail', saw: 'the engine is far away', fix: 'unset DOCKER_HOST' },
    ],
  ])('tells how a drill will reach its hosts: %o', async (reach, expected) => {
    const on: Partial<Machine> = { engine: async () => ({ ...engine, reach }) };
    expect(await outcomeOf('hosts', on)).toMatchObject(expected);
  });

  it('refuses kind, and kind alone, where privileged containers cannot start', async () => {
    const unprivileged = 'CAP_SYS_RESOURCE is missing here';
    const on: Machine = { ...healthy, engine: async () => ({ ...engine, unprivileged }) };
    const because = Object.fromEntries(
      abilitiesOf(await examine(on)).map(({ target, because }) => [target, because ?? '']),
    );
    expect(because.kind).toContain('privileged');
    expect(because.container).not.toContain('privileged');
  });

  it('warns where several control planes of kind would use up all watches of files', async () => {
    const asMost: Partial<Machine> = { kernelSetting: async () => '128' };
    expect(await outcomeOf('inotify', asMost)).toMatchObject({
      state: 'warn',
      saw: '128 instances',
      fix: 'sudo sysctl fs.inotify.max_user_instances=512',
    });
    const enough: Partial<Machine> = { kernelSetting: async () => '512' };
    expect(await outcomeOf('inotify', enough)).toMatchObject({ state: 'ok' });
  });

  it('warns of too little memory, and of no kind', async () => {
    const small: Partial<Machine> = { engine: async () => ({ ...engine, memoryBytes: 1024 ** 3 }) };
    expect(await outcomeOf('memory', small)).toMatchObject({
      state: 'warn',
      saw: '1.0 GiB for containers',
    });
    const kindTools: Machine['kindTools'] = async () => [
      {
        tool: 'kind',
        version: '0.30.0',
        source: undefined,
        path: undefined,
        passedOver: [{ source: 'go', reason: 'no Go here' }],
      },
    ];
    expect(await outcomeOf('kind', { kindTools })).toMatchObject({
      state: 'fail',
      saw: 'go: no Go here',
    });
  });
});
