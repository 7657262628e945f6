import { DrillError } from '../../support/errors.ts';
import type { EngineSight } from '../../targets/container/engine-sight.ts';
import { type Diagnosis, fail, type Machine, ok, type Probe, warn } from './probe.ts';

const GIB = 1024 ** 3;
/** Three control planes of kind took 2 GB. */
const MEMORY_BYTES_MIN = 4 * GIB;
/** A control plane of kind takes some thirty. */
const INOTIFY_INSTANCES_MIN = 512;
const BASE_FIX = 'docker pull debian:12-slim, or: sudo apt-get install -y debootstrap';

/** What the targets that run in containers need. */
export const ENGINE_PROBES: readonly Probe[] = [
  { name: 'docker', neededBy: ['container', 'kind'], look: docker },
  { name: 'base image', neededBy: ['container'], look: ofEngine(base) },
  { name: 'hosts', neededBy: ['container'], look: ofEngine(hosts) },
  { name: 'privileged', neededBy: ['kind'], look: ofEngine(privileged) },
  { name: 'memory', neededBy: [], look: ofEngine(memory) },
  { name: 'inotify', neededBy: [], look: inotify },
  { name: 'kind', neededBy: ['kind'], look: kind },
];

async function docker(machine: Machine): Promise<Diagnosis> {
  try {
    const { version, cgroupVersion } = await machine.engine();
    return ok(`server ${version}, cgroup v${cgroupVersion}`);
  } catch (thrown) {
    if (!(thrown instanceof DrillError)) throw thrown;
    return fail(thrown.message, thrown.hint ?? 'sudo systemctl start docker');
  }
}

/** Without an engine there is one thing to repair, and `docker` has said it. */
function ofEngine(look: (engine: EngineSight) => Diagnosis): Probe['look'] {
  return async (machine) => {
    const engine = await machine.engine().catch(() => undefined);
    if (engine !== undefined) return look(engine);
    return { state: 'warn', saw: 'cannot be told while Docker does not answer', fix: null };
  };
}

function base({ base: sight }: EngineSight): Diagnosis {
  if (sight.from === 'here') return ok('here');
  if (sight.from === 'nowhere') return fail(sight.reasons.join('; '), BASE_FIX);
  const how = sight.from === 'registry' ? 'pulls it' : 'makes it by debootstrap';
  return ok(`not here; the first drill ${how}`);
}

function hosts({ reach }: EngineSight): Diagnosis {
  if (reach.by === 'address') return ok('reached by their addresses');
  if (reach.by === 'nothing') return fail(reach.because, 'unset DOCKER_HOST');
  return ok(`${reach.because} keeps their network to itself: reached through a relay`);
}

function privileged({ unprivileged }: EngineSight): Diagnosis {
  if (unprivileged === undefined) return ok('nothing is known to forbid privileged containers');
  return fail(unprivileged, 'stop dockerd, then: sudo ci/docker/start-dockerd.sh');
}

function memory({ memoryBytes }: EngineSight): Diagnosis {
  const saw = `${(memoryBytes / GIB).toFixed(1)} GiB for containers`;
  if (memoryBytes >= MEMORY_BYTES_MIN) return ok(saw);
  return warn(saw, `give Docker ${MEMORY_BYTES_MIN / GIB} GiB for kind with three control planes`);
}

/** Of the user that containers run as, for everything; where they are used up, kube-proxy and kubelets end. */
async function inotify(machine: Machine): Promise<Diagnosis> {
  const instances = await machine.kernelSetting('fs/inotify/max_user_instances');
  if (instances === undefined) return ok('no limit');
  const saw = `${instances} instances`;
  if (Number(instances) >= INOTIFY_INSTANCES_MIN) return ok(saw);
  return warn(saw, `sudo sysctl fs.inotify.max_user_instances=${INOTIFY_INSTANCES_MIN}`);
}

async function kind(machine: Machine): Promise<Diagnosis> {
  const [tool] = await machine.kindTools();
  if (tool?.source === undefined) {
    const reasons = tool?.passedOver.map(({ source, reason }) => `${source}: ${reason}`) ?? [];
    return fail(reasons.join('; '), 'go install sigs.k8s.io/kind@v0.30.0');
  }
  if (tool.path !== undefined) return ok(`kind ${tool.version}`);
  return ok(`kind ${tool.version} not here yet; the first drill gets it by ${tool.source}`);
}
