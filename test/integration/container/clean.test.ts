import { hostname, tmpdir } from 'node:os';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ensureBase } from '../../../harness/targets/container/base-image.ts';
import { connectEngine } from '../../../harness/targets/container/engine.ts';
import { OWNER_LABEL, RUN_LABEL, runLabels } from '../../../harness/targets/container/labels.ts';
import { removeRun } from '../../../harness/targets/container/remove-run.ts';
import { writeOwner } from '../../../harness/toolchain/owner.ts';
import { workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';

await requireTarget('container');

const TIMEOUT_MS = 120_000;
const RUN = `test-${process.pid}`;
/** No process has had this number since the machine was started. */
const DEAD = writeOwner({ pid: 4_194_303, startTicks: '1', host: hostname() });
const engine = await connectEngine().catch(() => undefined);

beforeAll(async () => {
  if (engine) await ensureBase(engine, tmpdir(), { signal: undefined, env: {}, say: () => {} });
}, 600_000);
afterEach(async () => {
  if (engine) await removeRun(engine, RUN);
});

/** A network with a container on it, and a volume. @param labels of all but the container. */
async function leave(labels: Record<string, string>, ofContainer = labels): Promise<void> {
  await engine?.createNetwork({ Name: `kubedrill-${RUN}`, Internal: true, Labels: labels });
  await engine?.createVolume({ Name: `kubedrill-${RUN}-data`, Labels: labels });
  const container = await engine?.createContainer({
    name: `kubedrill-${RUN}-host`,
    Image: 'debian:12-slim',
    Cmd: ['sleep', '1000'],
    Labels: ofContainer,
    HostConfig: { NetworkMode: `kubedrill-${RUN}` },
  });
  await container?.start();
}

test('clean removes what a dead process had in Docker, and says it', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  await leave({ [RUN_LABEL]: RUN, [OWNER_LABEL]: DEAD });
  const cleaned = await place.kubedrill(['clean', RUN]);
  expect(cleaned.stdout.trim().split('\n').toSorted()).toEqual([
    `removed container kubedrill-${RUN}-host of run ${RUN}`,
    `removed network kubedrill-${RUN} of run ${RUN}`,
    `removed volume kubedrill-${RUN}-data of run ${RUN}`,
  ]);
  const again = await place.kubedrill(['clean', RUN]);
  expect(again).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no run of that id'),
  });
});

test('clean removes nodes without a label that hang on its network', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  await leave({ [RUN_LABEL]: RUN, [OWNER_LABEL]: DEAD }, {});
  expect(await place.kubedrill(['clean', RUN])).toMatchObject({ exitCode: 0 });
  const named = { name: [`kubedrill-${RUN}-host`] };
  expect(await engine?.listContainers({ all: true, filters: named })).toEqual([]);
});

test('clean leaves alone what belongs to a process that lives', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  await leave(runLabels(RUN));
  const cleaned = await place.kubedrill(['clean', RUN, '--json']);
  expect(JSON.parse(cleaned.stdout)).toMatchObject({ containers: [], underWay: [{ runId: RUN }] });
  const own = { label: [`${RUN_LABEL}=${RUN}`] };
  expect(await engine?.listContainers({ filters: own })).toHaveLength(1);
});
