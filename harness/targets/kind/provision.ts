import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DrillError, environmentError } from '../../support/errors.ts';
import { resolveProduct } from '../../toolchain/resolve.ts';
import type { KubernetesTools, Toolchain } from '../../toolchain/toolchain.ts';
import { connectEngine, type Engine } from '../container/engine.ts';
import { runLabels } from '../container/labels.ts';
import { removeRun } from '../container/remove-run.ts';
import { makeNetwork, type OwnNetwork } from '../container/subnet.ts';
import { watchEngine } from '../container/watch-engine.ts';
import type { Host } from '../host.ts';
import { makeSshKey } from '../ssh.ts';
import type { Cluster, ProvisionContext, Topology } from '../target.ts';
import { clusterName, type KindCluster } from './cluster-config.ts';
import { describeKindCluster } from './describe-cluster.ts';
import { exposeDns } from './dns.ts';
import { type IngressController, ingressController } from './ingress/controller.ts';
import { exposeIngress } from './ingress/expose-ingress.ts';
import { writeNodeImages } from './ingress/node-images.ts';
import { KindProgram } from './kind-program.ts';
import { ensureLoadBalancerImage } from './load-balancer-image.ts';
import { requireMemory } from './memory.ts';
import { adoptNode, thawProcesses } from './node-host.ts';
import { ensureNodeImage } from './node-image.ts';
import { startOperator } from './operator.ts';
import { type NodePlace, pinNodes } from './places.ts';
import { pull } from './pull.ts';
import { nodesReady } from './ready.ts';

const REMOVAL_TIMEOUT_MS = 150_000;
const COMMAND_TIMEOUT_MS = 30_000;
/** kube-proxy was seen to end so where other clusters had taken what there is; a control plane takes about thirty. */
const LOOK_FOR_WATCHES =
  'look into the logs of the nodes; for "too many open files": sudo sysctl fs.inotify.max_user_instances=512';

/** What the user may choose: an image of their own instead of the one made here. */
export interface KindChoice {
  /** As `kindest/node:v1.36.3`; undefined for the image made here. */
  image: string | undefined;
  /** Ingress controller: one of INGRESS_NAMES, the file of a manifest, or undefined for the stand-in. */
  ingress?: string | undefined;
}

/**
 * A kubeadm cluster by kind, its nodes at addresses that stay, each of them a host.
 * @throws DrillError (environment) when kind, an image or the cluster cannot be had; the logs of the nodes are
 *   then in `<directory>/logs`.
 */
export async function provisionKind(
  topology: Topology,
  context: ProvisionContext,
  choice: KindChoice,
): Promise<Cluster> {
  const { directory, cleanup, runId } = context;
  const engine = await connectEngine();
  requireMemory((await engine.info()).MemTotal, topology);
  const controller = await ingressController(choice.ingress);
  const { program, image } = await prepare(engine, topology, context, choice);
  const name = clusterName(runId);
  cleanup.register(
    'network and helpers of the drill',
    () => removeRun(engine, runId),
    REMOVAL_TIMEOUT_MS,
  );
  const watch = await watchEngine(engine, context.onBroken);
  cleanup.register('watch of Docker', () => watch.close());
  const network = await makeNetwork(engine, runId, 'no-nat');
  const backupDir = join(directory, 'backup');
  await mkdir(backupDir, { recursive: true });
  const imagesDir = await imagesFor(controller, engine, context);
  const kind = new KindProgram(program, name, directory, network.name);
  const hosts = new Map<string, Host>();
  cleanup.register(
    `kind cluster ${name}`,
    async () => {
      // Deleted in any case: one that cannot be asked may be gone.
      await Promise.allSettled([...hosts.values()].map(letEnd));
      await kind.delete();
    },
    REMOVAL_TIMEOUT_MS,
  );
  try {
    const ssh = makeSshKey();
    const operates = { engine, network: network.name, image, backupDir, runId, ssh };
    const starting = startOperator(operates);
    // Waited for in any case: nothing may come up while everything is removed.
    const up = create(kind, topology, { image, backupDir, imagesDir }, context);
    await Promise.allSettled([starting, up]);
    await up;
    const operator = await starting;
    const places = await pinNodes(engine, name, network);
    const { serviceCidr } = topology;
    const sshPublicKey = ssh.publicKey;
    await adoptAll({ engine, network, image, serviceCidr, sshPublicKey, runId }, places, hosts);
    const cluster = await describeKindCluster({ places, hosts, operator, backupDir, directory });
    context.onServing(cluster);
    return await untilReachable(cluster, context, controller);
  } catch (thrown) {
    if (!context.signal.aborted) await kind.exportLogs(join(directory, 'logs'));
    throw thrown;
  }
}

/** Waits for what kubeadm leaves to come up by itself, for all of it at once. */
async function untilReachable(
  cluster: Cluster,
  context: ProvisionContext,
  controller: IngressController,
): Promise<Cluster> {
  await letPodsRunEverywhere(cluster);
  const [dnsServers, ingress] = await Promise.all([
    exposeDns(cluster, context),
    exposeIngress(cluster, context, controller),
    nodesReady(cluster, context), // Gives up first, because its words explain the others'.
  ]).catch((thrown) => {
    if (context.signal.aborted || !(thrown instanceof DrillError)) throw thrown;
    if (thrown.kind === 'environment') throw thrown;
    throw environmentError('bring the kind cluster up', thrown.message, LOOK_FOR_WATCHES);
  });
  return { ...cluster, dnsServers, ...(ingress && { ingress }) };
}

async function prepare(
  engine: Engine,
  topology: Topology,
  context: ProvisionContext,
  { image }: KindChoice,
): Promise<{ program: string; image: string }> {
  const { toolchain, signal } = context;
  const onProgress = ({
    step,
    detail,
    elapsedMs,
  }: { [each in 'step' | 'detail']: string } & {
    elapsedMs: number;
  }) => context.onWait(step, detail, elapsedMs);
  const options = { signal, onProgress };
  const [kind] = await resolveProduct('kind', undefined, options);
  if (image !== undefined) await requireImage(engine, image, signal);
  if (topology.controlPlanes > 1) await ensureLoadBalancerImage(engine, options);
  return {
    program: kind?.path ?? 'kind',
    image: image ?? (await ensureNodeImage(requireKubernetes(toolchain), options)),
  };
}

async function requireImage(engine: Engine, image: string, signal: AbortSignal): Promise<void> {
  const problem = await pull(engine, image, signal);
  if (problem === undefined) return;
  throw environmentError(
    `get the node image ${image}`,
    problem,
    `docker pull ${image}, or leave --image out: then kubedrill makes one`,
  );
}

function requireKubernetes(toolchain: Toolchain): Toolchain & { kubernetes: KubernetesTools } {
  const { kubernetes } = toolchain;
  if (kubernetes !== undefined) return { ...toolchain, kubernetes };
  throw environmentError(
    'make a kind cluster',
    'the drill runs without Kubernetes',
    'leave --kubernetes none out, or use --target process',
  );
}

/** @returns the folder of the images of a controller that was given. */
async function imagesFor(
  { images }: IngressController,
  engine: Engine,
  { directory, cleanup, signal }: ProvisionContext,
): Promise<string | undefined> {
  if (images.length === 0) return undefined;
  const folder = join(directory, 'images');
  cleanup.register('images for the nodes', () => rm(folder, { recursive: true, force: true }));
  await writeNodeImages(engine, images, folder, signal);
  return folder;
}

async function create(
  kind: KindProgram,
  topology: Topology,
  given: Pick<KindCluster, 'image' | 'backupDir' | 'imagesDir'>,
  { signal, onWait }: ProvisionContext,
): Promise<void> {
  const { controlPlanes, workers, serviceCidr } = topology;
  const wanted = { controlPlanes, workers, serviceCidr, ...given };
  await kind.create(wanted, signal, (line) => onWait('the kind cluster is up', line.trim(), 0));
}

interface Site {
  engine: Engine;
  network: OwnNetwork;
  image: string;
  serviceCidr: string;
  sshPublicKey: string;
  runId: string;
}

async function adoptAll(
  { engine, network, runId, ...site }: Site,
  places: readonly NodePlace[],
  hosts: Map<string, Host>,
): Promise<void> {
  const nodes = places.filter(({ role }) => role !== 'external-load-balancer');
  await Promise.all(
    nodes.map(async ({ name, address }) => {
      const labels = runLabels(runId);
      const node = { engine, name, address, network: network.name, labels };
      hosts.set(name, await adoptNode({ ...site, ...node }));
    }),
  );
}

/** kind leaves the taint on several control planes, and a drill without workers would run no pod. */
async function letPodsRunEverywhere(cluster: Cluster): Promise<void> {
  const hasWorkers = cluster.hosts().length > cluster.members.length;
  if (cluster.members.length === 1 || hasWorkers) return;
  await cluster.operator.shell(
    'kubectl taint nodes --all node-role.kubernetes.io/control-plane:NoSchedule-',
    { timeoutMs: COMMAND_TIMEOUT_MS, env: cluster.variablesOf(cluster.operator.name) },
  );
}

/** What is frozen cannot be killed. */
async function letEnd(host: Host): Promise<void> {
  const up = host.state === 'frozen' ? await host.thaw() : host;
  if (up.state === 'running') await thawProcesses(up.shell);
}
