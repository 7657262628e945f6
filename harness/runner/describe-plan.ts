import type { Block, Runbook } from '../model/runbook.ts';
import { clusterName, nodeNames } from '../targets/kind/cluster-config.ts';
import { type DrillPlan, hostNamesOf, type RunPlan } from './plan.ts';

/** The plan for a person: what would be made and broken, and every command of every runbook. */
export function describePlan(plan: RunPlan): string {
  const lines = [
    `run ${plan.runId}, seed ${plan.seed}, into ${plan.directory}`,
    ...plan.drills.flatMap((drill) => describeDrill(drill, plan.runId)),
  ];
  return `${lines.join('\n')}\n`;
}

function describeDrill(drill: DrillPlan, runId: string): string[] {
  const { scenario, toolchain } = drill;
  const { topology } = scenario;
  const faults = scenario.faults.map(
    ({ fault, hosts, with: parameters }) =>
      `${fault} on ${Array.isArray(hosts) ? hosts.join(', ') : hosts}${Object.keys(parameters).length > 0 ? ` ${JSON.stringify(parameters)}` : ''}`,
  );
  const tools = toolchain.sources.map(
    ({ tool, version, path, source }) => `    ${tool} ${version} (${source}) ${path}`,
  );
  return [
    '',
    `${scenario.name}: ${scenario.summary}`,
    `  target      ${drill.target}, seed ${drill.seed}`,
    `  hosts       ${hostsOf(drill, runId).join(', ')}${topology.tls ? '' : ', without TLS'}`,
    `  services    etcd${topology.controlPlanes > 0 ? ', kube-apiserver' : ''}${topology.controllers ? ', kube-controller-manager, kube-scheduler' : ''}${topology.dns ? ', coredns' : ''}`,
    `  objects     ${drill.snapshot ? `from ${drill.snapshot.file}` : `about ${scenario.objects.count}`}`,
    `  faults      ${faults.length > 0 ? faults.join('; ') : 'none'}`,
    ...scenario.chaos.map(({ script, at }) => `  chaos       ${script} (${at})`),
    `  must show   ${scenario.impact === 'none' ? 'nothing' : `${scenario.impact} lost`}`,
    ...(scenario.symptoms ? [`  must find   ${scenario.symptoms.findings.join(', ')}`] : []),
    '  tools',
    ...tools,
    ...drill.installs.flatMap((runbook) => describeRunbook('installs', runbook)),
    ...describeRunbook('backup', drill.backupRunbook),
    ...drill.changesAfter.flatMap((runbook) => describeRunbook('after the backup', runbook)),
    ...drill.recovery.flatMap(({ runbook, entry }) => [
      ...describeRunbook('recovery', runbook),
      ...Object.entries(entry.variables).map(([name, value]) => `    with ${name}=${value}`),
      ...(entry.expect
        ? [`    expected findings: ${entry.expect.findings.join(', ') || 'none'}`]
        : []),
    ]),
  ];
}

function hostsOf({ scenario, target }: DrillPlan, runId: string): string[] {
  if (target !== 'kind') return hostNamesOf(scenario);
  return nodeNames(clusterName(runId), scenario.topology);
}

function describeRunbook(part: string, runbook: Runbook): string[] {
  return [
    `  ${part}: ${runbook.name} (${runbook.file}, sha256 ${runbook.sha256.slice(0, 12)})`,
    ...runbook.frontMatter.substitutions.map(
      ({ from, to, why }) => `    instead of ${from}: ${to} (${why})`,
    ),
    ...runbook.steps.flatMap((step) => [
      `    ${step.number}. ${step.title}`,
      ...step.blocks.flatMap(describeBlock),
    ]),
  ];
}

function describeBlock(block: Block): string[] {
  const how = [
    `on ${block.on}`,
    ...(block.parallel ? ['all at once'] : []),
    ...(block.added ? ['added'] : []),
  ];
  return [
    `       # ${how.join(', ')}`,
    ...block.script
      .trimEnd()
      .split('\n')
      .map((line) => `       ${line}`),
  ];
}
