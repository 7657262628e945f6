import { expect, it } from 'vitest';
import { foreseeReach, whyTooFar } from '../../../../harness/targets/container/reachability.ts';

it.each([
  ['linux', undefined],
  ['linux', 'unix:///run/user/1000/docker.sock'],
  ['darwin', undefined],
  ['darwin', 'unix:///Users/me/.docker/run/docker.sock'],
] as const)(
  'an engine that shares the files of this machine may serve (%s, %s)',
  (on, dockerHost) => {
    expect(whyTooFar(on, dockerHost)).toBeUndefined();
  },
);

it.each([
  ['linux', 'tcp://10.0.0.9:2375', 'the engine at tcp://10.0.0.9:2375'],
  ['darwin', 'ssh://me@far', 'the engine at ssh://me@far'],
  ['win32', undefined, 'in WSL'],
] as const)('one that does not is too far away (%s, %s)', (on, dockerHost, named) => {
  expect(whyTooFar(on, dockerHost)).toContain(named);
});

const ENGINE = { OperatingSystem: 'Debian GNU/Linux 12', SecurityOptions: ['name=seccomp'] };

it.each([
  [ENGINE, 'linux', undefined, { by: 'address' }],
  [
    { OperatingSystem: 'Docker Desktop' },
    'linux',
    undefined,
    { by: 'relay', because: 'Docker Desktop' },
  ],
  [
    { ...ENGINE, SecurityOptions: ['name=rootless'] },
    'linux',
    undefined,
    { by: 'relay', because: 'a rootless engine' },
  ],
  [ENGINE, 'darwin', undefined, { by: 'relay', because: 'an engine on darwin' }],
  [ENGINE, 'linux', 'tcp://10.0.0.9:2375', { by: 'nothing' }],
] as const)('%j on %s, %s, is reached %j', (info, on, dockerHost, expected) => {
  expect(foreseeReach(info, on, dockerHost)).toMatchObject(expected);
});
