import { mkdir } from 'node:fs/promises';
import type { Cluster, Target } from '../../targets/target.ts';
import type { DrillContext } from '../drill-context.ts';
import { hostNamesOf } from '../plan.ts';

const SERVICE_CIDR = '10.96.0.0/16';
const DATA_DIR = '/var/lib/etcd';
const ENV_FILE = '/etc/etcd.env';

/**
 * Makes the hosts and starts what the scenario asks for.
 * @param onServing as in ProvisionContext.
 */
export async function provision(
  context: DrillContext,
  target: Target,
  onServing: (cluster: Cluster) => void,
): Promise<Cluster> {
  const { plan, journal } = context;
  const { scenario } = plan;
  const needs = plan.recovery.map(({ runbook }) => runbook.frontMatter.needs);
  await mkdir(context.directory, { recursive: true });
  return target.provision(
    {
      hostNames: hostNamesOf(scenario),
      controlPlanes: scenario.topology.controlPlanes,
      workers: scenario.topology.workers,
      controllers: scenario.topology.controllers,
      dns: scenario.topology.dns,
      tls: scenario.topology.tls,
      etcdUser: scenario.topology.etcdUser,
      serviceCidr: plan.snapshot?.serviceCidr ?? SERVICE_CIDR,
      dataDir: needs.find((need) => need.dataDir)?.dataDir ?? DATA_DIR,
      envFile: needs.find((need) => need.envFile)?.envFile ?? ENV_FILE,
      userData: plan.snapshot && {
        snapshot: plan.snapshot.file,
        etcdPrefix: plan.snapshot.etcdPrefix,
        encryptionConfig: plan.snapshot.encryptionConfig,
        serviceAccountKey: plan.snapshot.serviceAccountKey,
      },
    },
    {
      runId: context.runId,
      directory: context.directory,
      toolchain: plan.toolchain,
      cleanup: context.cleanup,
      signal: context.signal,
      onService: (host, unit, action) => journal.write({ type: 'service', host, unit, action }),
      onWait: journal.waiting,
      onServing,
      onBroken: (error) => context.broken.abort(error),
    },
  );
}
