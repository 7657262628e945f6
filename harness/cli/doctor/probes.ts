import { cacheFolder } from '../../toolchain/cache.ts';
import { ENGINE_PROBES } from './engine-probes.ts';
import { type Diagnosis, fail, type Machine, ok, type Probe, warn } from './probe.ts';

const GIB = 1024 ** 3;
const FREE_BYTES_MIN = GIB;
/** Building Kubernetes from its modules fills this much of the cache. */
const FREE_BYTES_FOR_BUILDS = 6 * GIB;
const NODE_MAJOR_MIN = 24;

/** In the order in which a person would repair them. */
export const PROBES: readonly Probe[] = [
  { name: 'node', neededBy: ['process', 'container', 'kind'], look: async (on) => node(on) },
  { name: 'linux', neededBy: ['process'], look: async (on) => linux(on) },
  program('bash', ['--version'], 'bash'),
  program('setpriv', ['--version'], 'util-linux'),
  { name: 'namespaces', neededBy: [], look: namespaces },
  optional('nsenter', ['--version'], 'util-linux'),
  optional('ip', ['-Version'], 'iproute2'),
  optional('openssl', ['version'], 'openssl'),
  { name: 'disk', neededBy: ['process', 'container', 'kind'], look: disk },
  { name: 'tools', neededBy: ['process', 'container'], look: tools },
  { name: 'go', neededBy: [], look: go },
  ...ENGINE_PROBES,
];

function node({ nodeVersion }: Machine): Diagnosis {
  return Number(nodeVersion.split('.')[0]) >= NODE_MAJOR_MIN
    ? ok(nodeVersion)
    : fail(nodeVersion, `npm install --global node@${NODE_MAJOR_MIN}`);
}

function linux({ platform }: Machine): Diagnosis {
  return platform === 'linux'
    ? ok('linux')
    : fail(platform, 'run kubedrill in a Linux machine or container');
}

/** A program that the process target cannot do without. */
function program(name: string, args: readonly string[], distributionPackage: string): Probe {
  return {
    name,
    neededBy: ['process'],
    look: async (machine) => {
      const { works, line } = await machine.program(name, args);
      return works ? ok(line) : fail(line, `sudo apt-get install -y ${distributionPackage}`);
    },
  };
}

/** Its absence costs the isolation, or the drills that make certificates, and not every drill. */
function optional(name: string, args: readonly string[], of: string): Probe {
  const probe = program(name, args, of);
  return {
    name,
    neededBy: [],
    look: async (machine) => {
      const seen = await probe.look(machine);
      return seen.state === 'fail' ? { ...seen, state: 'warn' } : seen;
    },
  };
}

/** Without them the drill runs beside the machine's other processes, with the shipped runbooks only. */
async function namespaces(machine: Machine): Promise<Diagnosis> {
  const reason = await machine.namespacesForbidden();
  if (reason === undefined) return ok('user, network, mount and PID namespaces are allowed');
  const saw = `not allowed (${reason}): drills run unisolated, with shipped runbooks only`;
  if ((await machine.kernelSetting('kernel/apparmor_restrict_unprivileged_userns')) === '1')
    return warn(saw, 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0');
  if ((await machine.kernelSetting('kernel/unprivileged_userns_clone')) === '0')
    return warn(saw, 'sudo sysctl kernel.unprivileged_userns_clone=1');
  if ((await machine.kernelSetting('user/max_user_namespaces')) === '0')
    return warn(saw, 'sudo sysctl user.max_user_namespaces=15000');
  return warn(saw, 'in a container: docker run --privileged …; in KubeVirt or a VM: nothing');
}

async function disk(machine: Machine): Promise<Diagnosis> {
  const here = await machine.freeBytes(process.cwd());
  const cache = await machine.freeBytes(cacheFolder(machine.env));
  const saw = `${inGib(here)} free here, ${inGib(cache)} for the tools`;
  if (Math.min(here, cache) < FREE_BYTES_MIN)
    return fail(saw, `free ${inGib(FREE_BYTES_MIN)}, or --out and KUBEDRILL_CACHE on another disk`);
  if (cache < FREE_BYTES_FOR_BUILDS)
    return warn(saw, `building tools needs ${inGib(FREE_BYTES_FOR_BUILDS)}: set KUBEDRILL_CACHE`);
  return ok(saw);
}

function inGib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

async function tools(machine: Machine): Promise<Diagnosis> {
  const all = await machine.tools();
  const impossible = all.filter(({ source }) => source === undefined);
  const [first] = impossible;
  if (first !== undefined) {
    const reasons = first.passedOver.map(({ source, reason }) => `${source}: ${reason}`);
    return fail(
      `no ${impossible.map(({ tool }) => tool).join(', ')} (${reasons.join('; ')})`,
      'sudo apt-get install -y golang-go, or start Docker, or kubedrill run --tool NAME=PATH',
    );
  }
  const absent = all.filter(({ path }) => path === undefined);
  const listed = all.map(({ tool, version }) => `${tool} ${version}`).join(', ');
  if (absent.length === 0) return ok(listed);
  const sources = [...new Set(absent.map(({ source }) => source))].join(' and ');
  return warn(
    `${absent.map(({ tool }) => tool).join(', ')} not here yet; the first drill gets them by ${sources}`,
    'kubedrill toolchain install',
  );
}

async function go(machine: Machine): Promise<Diagnosis> {
  const { works, line } = await machine.program('go', ['version']);
  if (works) return ok(line);
  return warn(`${line}; it is needed only to build tools`, 'https://go.dev/dl/');
}
