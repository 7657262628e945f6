import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { drawFaults } from '../faults/draw.ts';
import type { Phase } from '../model/phase.ts';
import type { Runbook } from '../model/runbook.ts';
import type { RecoveryEntry, Scenario, TargetName } from '../model/scenario.ts';
import { loadRunbook } from '../runbook/library.ts';
import { messageOf, usageError } from '../support/errors.ts';
import { seededRandom } from '../support/random.ts';
import { INGRESS_NAMES } from '../targets/kind/ingress/controller.ts';
import { resolveToolchain, type Toolchain, type ToolchainRequest } from '../toolchain/toolchain.ts';
import { type DrillPlan, hostNamesOf, type SnapshotPlan } from './plan.ts';
import type { LoadedScenario } from './scenario-file.ts';

/** What the command line may say about every drill; undefined where the scenario decides. */
export interface DrillRequest {
  target: TargetName | undefined;
  runbook: string | undefined;
  etcd: string | undefined;
  kubernetes: string | undefined;
  snapshot:
    | {
        file: string;
        etcdPrefix: string | undefined;
        encryptionConfig: string | undefined;
        serviceAccountKey: string | undefined;
        serviceCidr: string | undefined;
      }
    | undefined;
  objectCount: number | undefined;
  controllers: boolean;
  /** How many control planes, each with its etcd member. */
  controlPlanes: 1 | 3 | 5 | undefined;
  workers: number | undefined;
  /** Of target kind. */
  nodeImage: string | undefined;
  /** Of target kind: `none`, or a manifest's file. */
  ingress: string | undefined;
  timeoutMs: number | undefined;
  pauseAfter: Phase | undefined;
  runWorkloads: boolean;
  tools: Record<string, string>;
}

/**
 * Resolves one scenario into a plan: runbooks parsed, versions chosen, tools found or built.
 * @throws DrillError usage for what the user wrote, environment for tools that cannot be had.
 */
export async function makeDrillPlan(
  { scenario: written, file }: LoadedScenario,
  request: DrillRequest,
  seed: number,
  reproduce: string,
  toolchainRequest: Pick<ToolchainRequest, 'onProgress' | 'signal'>,
): Promise<DrillPlan> {
  const target = chooseTarget(written, request);
  if (target === 'kind') requireKubeadm(request);
  const folder = dirname(file);
  const entries = request.runbook === undefined ? written.recovery : [entryFor(request.runbook)];
  const recovery = entries.map((entry) => ({
    entry,
    runbook: loadRunbook(entry.runbook, request.runbook === undefined ? folder : process.cwd())
      .runbook,
  }));
  const ownRunbook = (name: string) => loadRunbook(name, folder).runbook;
  const backupRunbook = ownRunbook(written.backup.runbook);
  requirePlatform(target, [backupRunbook, ...recovery.map(({ runbook }) => runbook)]);
  const adapted = adapt(
    written,
    recovery.map((each) => each.runbook),
    request,
  );
  const scenario = withDrawnFaults(adapted, seed);
  const needs = recovery.map((each) => each.runbook.frontMatter.needs);
  const toolchain = await toolsFor(scenario, needs, request, toolchainRequest);
  return {
    scenario,
    scenarioFile: file,
    target,
    nodeImage: request.nodeImage,
    ingress: await ingressOf(request),
    seed,
    toolchain,
    // Both write, which a drill of the user's own data must not.
    installs: request.snapshot ? [] : written.installs.map(ownRunbook),
    backupRunbook,
    changesAfter: request.snapshot ? [] : written.backup.changesAfter.map(ownRunbook),
    recovery,
    runbookGiven: request.runbook !== undefined,
    snapshot: await snapshotPlan(request),
    reproduce,
  };
}

/** The random faults as the seed decides them: part of the plan, so that a dry run shows them. */
function withDrawnFaults(scenario: Scenario, seed: number): Scenario {
  if (scenario.randomFaults === undefined) return scenario;
  const { faults, impact } = drawFaults(
    scenario.randomFaults,
    hostNamesOf(scenario),
    seededRandom(seed),
  );
  return { ...scenario, faults: [...scenario.faults, ...faults], impact };
}

function entryFor(runbook: string): RecoveryEntry {
  return { runbook, variables: {}, writesBefore: 0 };
}

/** Static pods and kubeadm's files are on nodes of kind only. */
function requirePlatform(target: TargetName, runbooks: readonly Runbook[]): void {
  const stranger = runbooks.find(({ frontMatter }) => frontMatter.platform === 'kubeadm');
  if (target === 'kind' || stranger === undefined) return;
  throw usageError(
    `run ${stranger.name} on target ${target}`,
    'it is made for control planes that kubeadm has made',
    'use --target kind',
  );
}

/** kubeadm makes a cluster with certificates of its own, and its kubelets would start what a backup holds. */
function requireKubeadm({ snapshot, kubernetes }: DrillRequest): void {
  const hint = 'use --target process or --target container';
  if (snapshot !== undefined) {
    throw usageError(
      `start a kind cluster from ${snapshot.file}`,
      'kubeadm makes a cluster with certificates of its own, and its kubelets would start what the backup holds',
      hint,
    );
  }
  if (kubernetes === 'none') {
    throw usageError('make a kind cluster without Kubernetes', 'it is made by kubeadm', hint);
  }
}

function chooseTarget(scenario: Scenario, request: DrillRequest): TargetName {
  const [first = 'process'] = scenario.targets;
  return request.target ?? first;
}

/** What the command line and the runbooks' needs change in a scenario. */
function adapt(scenario: Scenario, runbooks: readonly Runbook[], request: DrillRequest): Scenario {
  const needsTls = runbooks
    .map((runbook) => runbook.frontMatter.needs.tls)
    .find((tls) => tls !== undefined);
  const none = (request.kubernetes ?? scenario.versions.kubernetes) === 'none';
  const workloads = request.snapshot === undefined || request.runWorkloads;
  const members = request.controlPlanes ?? scenario.topology.members;
  const controllers = request.controllers || scenario.topology.controllers;
  const topology = {
    ...scenario.topology,
    tls: needsTls ?? scenario.topology.tls,
    members,
    controlPlanes: none ? 0 : (request.controlPlanes ?? scenario.topology.controlPlanes),
    workers: request.workers ?? scenario.topology.workers,
    dns: !none && scenario.topology.dns,
    controllers: !none && controllers && workloads,
  };
  // kubeadm puts a member, TLS, controllers and CoreDNS on every control plane.
  const kubeadms = { members, controlPlanes: members, tls: true, controllers: true, dns: false };
  return {
    ...scenario,
    topology: chooseTarget(scenario, request) === 'kind' ? { ...topology, ...kubeadms } : topology,
    objects: { count: request.objectCount ?? scenario.objects.count },
    timeoutMs: request.timeoutMs ?? scenario.timeoutMs,
    ...(request.pauseAfter === undefined ? {} : { pauseAfter: request.pauseAfter }),
  };
}

async function toolsFor(
  scenario: Scenario,
  needs: readonly Runbook['frontMatter']['needs'][],
  request: DrillRequest,
  toolchainRequest: Pick<ToolchainRequest, 'onProgress' | 'signal'>,
): Promise<Toolchain> {
  const needed = (product: 'etcd' | 'kubernetes') => {
    const versions = [...new Set(needs.flatMap((need) => need[product] ?? []))];
    if (versions.length < 2) return versions[0];
    throw usageError(
      `plan ${scenario.name}`,
      `its runbooks need different versions of ${product}: ${versions.join(' and ')}`,
      'run them in separate scenarios',
    );
  };
  const etcd = request.etcd ?? needed('etcd') ?? scenario.versions.etcd;
  const kubernetes = request.kubernetes ?? needed('kubernetes') ?? scenario.versions.kubernetes;
  return resolveToolchain({
    ...toolchainRequest,
    etcd,
    kubernetes: scenario.topology.controlPlanes === 0 ? 'none' : kubernetes,
    controllers: scenario.topology.controllers,
    dns: scenario.topology.dns,
    given: request.tools,
  });
}

async function ingressOf({ ingress }: DrillRequest): Promise<string | undefined> {
  const isNamed = INGRESS_NAMES.some((name) => name === ingress);
  if (isNamed) return ingress;
  const hint = `--ingress takes ${INGRESS_NAMES.join(', ')}, or the file of a manifest`;
  return readable(ingress, 'manifest of the ingress controller', hint);
}

/** @returns the absolute path. @throws DrillError (usage) when it cannot be read. */
async function readable(
  path: string | undefined,
  what: string,
  hint = `check the path ${path}`,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const file = resolve(path);
  await access(file, constants.R_OK).catch((thrown) => {
    throw usageError(`read the ${what} ${path}`, messageOf(thrown), hint);
  });
  return file;
}

async function snapshotPlan({ snapshot }: DrillRequest): Promise<SnapshotPlan | undefined> {
  if (snapshot === undefined) return undefined;
  return {
    file: (await readable(snapshot.file, 'snapshot')) ?? snapshot.file,
    etcdPrefix: snapshot.etcdPrefix ?? '/registry',
    encryptionConfig: await readable(snapshot.encryptionConfig, 'encryption configuration'),
    serviceAccountKey: await readable(snapshot.serviceAccountKey, 'service-account key'),
    serviceCidr: snapshot.serviceCidr,
  };
}

/** A seed that nobody gave: printed, so that the run can be repeated. */
export function chooseSeed(given: number | undefined, nowMs: number): number {
  return given ?? seededRandom(nowMs).below(1_000_000_000);
}
