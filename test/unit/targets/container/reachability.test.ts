import { expect, it } from 'vitest';
import {
  engineInfoSchema,
  whyUnreachable,
} from '../../../../harness/targets/container/reachability.ts';

const ENGINE = { OperatingSystem: 'Debian GNU/Linux 12', SecurityOptions: ['name=seccomp'] };

it.each([undefined, 'unix:///var/run/docker.sock'])(
  'an engine of this Linux machine is reached (DOCKER_HOST %s)',
  (dockerHost) => {
    expect(whyUnreachable(engineInfoSchema.parse(ENGINE), 'linux', dockerHost)).toBeUndefined();
  },
);

it.each([
  [{ ...ENGINE, OperatingSystem: 'Docker Desktop' }, 'linux', undefined, 'Docker Desktop'],
  [{ ...ENGINE, SecurityOptions: ['name=rootless'] }, 'linux', undefined, 'a rootless engine'],
  [ENGINE, 'darwin', undefined, 'an engine on darwin'],
  [ENGINE, 'linux', 'tcp://10.0.0.9:2375', 'the engine at tcp://10.0.0.9:2375'],
] as const)('one that is elsewhere is not: %j on %s, %s', (info, platform, dockerHost, named) => {
  expect(whyUnreachable(engineInfoSchema.parse(info), platform, dockerHost)).toContain(named);
});
