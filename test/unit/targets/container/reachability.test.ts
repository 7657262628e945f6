import { expect, it } from 'vitest';
import { whyTooFar } from '../../../../harness/targets/container/reachability.ts';

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
