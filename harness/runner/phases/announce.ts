import type { Runbook } from '../../model/runbook.ts';
import type { DrillContext } from '../drill-context.ts';

const nameOf = ({ name }: Runbook) => name;

/** Puts everything that decides this drill into the journal, so that it can be repeated. */
export function announce({ plan, journal }: DrillContext): void {
  const { scenario, toolchain } = plan;
  journal.write({
    type: 'drill-started',
    scenario: scenario.name,
    summary: scenario.summary,
    scenarioFile: plan.scenarioFile,
    target: plan.target,
    seed: plan.seed,
    parameters: {
      topology: scenario.topology,
      objects: scenario.objects,
      faults: scenario.faults,
      ...(scenario.chaos.length === 0 ? {} : { chaos: scenario.chaos }),
      ...(plan.installs.length === 0 ? {} : { installs: plan.installs.map(nameOf) }),
      backup: plan.backupRunbook.name,
      ...(plan.changesAfter.length === 0 ? {} : { changesAfter: plan.changesAfter.map(nameOf) }),
      recovery: plan.recovery.map(({ runbook }) => runbook.name),
      budgets: scenario.budgets,
      timeoutMs: scenario.timeoutMs,
      ...(plan.snapshot === undefined ? {} : { snapshot: plan.snapshot.file }),
    },
    versions: {
      etcd: toolchain.etcd.version,
      ...(toolchain.kubernetes === undefined ? {} : { kubernetes: toolchain.kubernetes.version }),
      ...(toolchain.dns === undefined ? {} : { coredns: toolchain.dns.version }),
    },
    tools: toolchain.sources.map(({ tool, version, path, source }) => ({
      tool,
      version,
      path,
      source,
    })),
  });
}
