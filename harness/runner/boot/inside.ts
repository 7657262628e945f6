import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiServer } from '../../kube/api-server.ts';
import { CleanupStack } from '../../support/cleanup.ts';
import { DrillError } from '../../support/errors.ts';
import { writeWholeFile } from '../../support/whole-file.ts';
import { listEverything } from './api-listing.ts';
import { type BootPlan, type BootResult, bootPlanSchema } from './boot-plan.ts';
import { restoreSnapshot, startEtcd, startKubeApiserver, waitUntilReady } from './store-daemons.ts';

const NOTHING: Omit<BootResult, 'stopped'> = {
  notReady: null,
  lists: [],
  missing: [],
  unreadable: [],
  notServed: [],
};

/** What runs inside the world of one boot; the result goes into a file, standard output is the user's. */
async function main(planFile: string): Promise<void> {
  const plan = bootPlanSchema.parse(JSON.parse(await readFile(planFile, 'utf8')));
  const cleanup = new CleanupStack();
  const result = await boot(plan, cleanup).finally(() => cleanup.unwind());
  await writeWholeFile(join(plan.directory, 'result.json'), JSON.stringify(result));
}

async function boot(plan: BootPlan, cleanup: CleanupStack): Promise<BootResult> {
  let step: NonNullable<BootResult['stopped']>['step'] = 'restore';
  try {
    await restoreSnapshot(plan);
    step = 'etcd';
    await startEtcd(plan, cleanup);
    step = 'kube-apiserver';
    const access = await startKubeApiserver(plan, cleanup);
    const server = new ApiServer({ host: 'boot', ...access, timeoutMs: 20_000 });
    cleanup.register('connections', () => server.close());
    const notReady = await waitUntilReady(server);
    return { stopped: null, notReady, ...(await listEverything(server, plan.objects)) };
  } catch (thrown) {
    if (!(thrown instanceof DrillError)) throw thrown;
    return { ...NOTHING, stopped: { step, why: thrown.explain() } };
  }
}

// Whatever it throws ends the process with a stack and exit code 1.
void main(process.argv[2] ?? '');
