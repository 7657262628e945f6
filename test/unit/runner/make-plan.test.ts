import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenarioSchema } from '../../../harness/model/scenario.ts';
import { chooseSeed, type DrillRequest, makeDrillPlan } from '../../../harness/runner/make-plan.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { loadMatrix } from '../../../harness/toolchain/matrix.ts';
import { chooseVersion } from '../../../harness/toolchain/versions.ts';

let folder: string;
const tools: Record<string, string> = {};

/** Programs that tell a version are all that planning asks for: it never starts a cluster. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-plan-'));
  const { version } = chooseVersion(loadMatrix(), 'etcd', '3.6');
  for (const tool of ['etcd', 'etcdctl', 'etcdutl']) {
    const path = join(folder, tool);
    const text = `#!/bin/sh\necho "${tool === 'etcd' ? 'etcd Version' : `${tool} version`}: ${version}"\n`;
    await writeFile(path, text, { mode: 0o755 });
    tools[tool] = path;
  }
  for (const family of ['3.5', '3.6']) {
    await writeFile(
      join(folder, `needs-${family}.md`),
      `---\nrunbook: needs-${family.replace('.', '-')}\nsummary: Needs one version.\nneeds:\n  etcd: '${family}'\n  tls: false\n---\n\n# Look\n\n\`\`\`sh on=members timeout=5s\ntrue\n\`\`\`\n`,
    );
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function plan(scenario: Record<string, unknown> = {}, request: Partial<DrillRequest> = {}) {
  const parsed = scenarioSchema.parse({
    name: 'ours',
    summary: 'Our own drill',
    topology: { controllers: true },
    recovery: [{ runbook: 'restore-all-members' }, { runbook: 'restore-one-member' }],
    ...scenario,
  });
  const asked: DrillRequest = {
    target: undefined,
    runbook: undefined,
    etcd: undefined,
    kubernetes: 'none',
    snapshot: undefined,
    objectCount: undefined,
    controllers: false,
    controlPlanes: undefined,
    workers: undefined,
    nodeImage: undefined,
    ingress: undefined,
    timeoutMs: undefined,
    pauseAfter: undefined,
    runWorkloads: false,
    tools,
    ...request,
  };
  const file = join(folder, 'scenario.yaml');
  return makeDrillPlan(
    { scenario: parsed, file, shipped: false },
    asked,
    7,
    'kubedrill run ours',
    {},
  );
}

describe('planning a drill', () => {
  it('keeps to the scenario where the command line says nothing', async () => {
    const { scenario, recovery, target, runbookGiven } = await plan();
    expect(target).toBe('process');
    expect(runbookGiven).toBe(false);
    expect(recovery.map(({ runbook }) => runbook.name)).toEqual([
      'restore-all-members',
      'restore-one-member',
    ]);
    expect(scenario.objects.count).toBe(300);
  });

  it('makes no control plane without Kubernetes, and looks for no tool of it', async () => {
    const { scenario, toolchain } = await plan();
    expect(scenario.topology).toMatchObject({ members: 3, controlPlanes: 0, controllers: false });
    expect(toolchain.kubernetes).toBeUndefined();
    expect(toolchain.etcd.etcd).toBe(tools.etcd);
  });

  it('has the random faults of its seed in it, on the hosts that the drill will have', async () => {
    const random = { randomFaults: { from: ['stop-etcd', 'power-off'], hosts: 'majority' } };
    const [one, other] = [await plan(random), await plan(random)];
    expect(one.scenario.faults).toEqual(other.scenario.faults);
    expect(one.scenario.impact).toBe('quorum');
    const struck = one.scenario.faults.flatMap(({ hosts }) => hosts);
    expect(struck.length).toBeGreaterThanOrEqual(2);
    expect(['etcd-1', 'etcd-2', 'etcd-3']).toEqual(expect.arrayContaining(struck));
  });

  it('looks for CoreDNS only where there is an API server for it to ask', async () => {
    const { scenario, toolchain } = await plan({ topology: { dns: true } });
    expect(scenario.topology.dns).toBe(false);
    expect(toolchain.dns).toBeUndefined();
  });

  it('follows the runbook of the command line alone, found from where the user is', async () => {
    const runbook = join(packageRoot, 'scenarios/runbooks/replace-member.md');
    const { recovery, runbookGiven } = await plan({}, { runbook });
    expect(runbookGiven).toBe(true);
    expect(recovery.map(({ entry }) => entry.runbook)).toEqual([runbook]);
  });

  it('does what a runbook needs', async () => {
    const { scenario } = await plan({ recovery: [{ runbook: './needs-3.6.md' }] });
    expect(scenario.topology.tls).toBe(false);
  });

  it('refuses runbooks that need different versions', async () => {
    const recovery = [{ runbook: './needs-3.5.md' }, { runbook: './needs-3.6.md' }];
    await expect(plan({ recovery })).rejects.toMatchObject({
      kind: 'usage',
      attempted: 'plan ours',
      happened: 'its runbooks need different versions of etcd: 3.5 and 3.6',
    });
  });

  it('refuses on kind what kubeadm cannot make, before any tool is looked for', async () => {
    const file = join(folder, 'theirs.db');
    const snapshot = {
      file,
      etcdPrefix: undefined,
      encryptionConfig: undefined,
      serviceAccountKey: undefined,
      serviceCidr: undefined,
    };
    const onKind = (request: Partial<DrillRequest>) =>
      plan({}, { target: 'kind', kubernetes: undefined, tools: {}, ...request });
    await expect(onKind({ snapshot })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(file),
      hint: 'use --target process or --target container',
    });
    await expect(onKind({ kubernetes: 'none' })).rejects.toMatchObject({ kind: 'usage' });
  });

  it('takes the ingress controller of a file, none, or what the target has', async () => {
    const file = join(folder, 'controller.yaml');
    await writeFile(file, 'kind: List\n');
    expect((await plan()).ingress).toBeUndefined();
    expect((await plan({}, { ingress: 'none' })).ingress).toBe('none');
    expect((await plan({}, { ingress: file })).ingress).toBe(file);
    await expect(plan({}, { ingress: './no-such.yaml' })).rejects.toMatchObject({
      kind: 'usage',
      attempted: 'read the manifest of the ingress controller ./no-such.yaml',
      hint: '--ingress takes nginx, traefik, none, or the file of a manifest',
    });
  });

  it('names a snapshot that cannot be read', async () => {
    const snapshot = {
      file: join(folder, 'no-such.db'),
      etcdPrefix: undefined,
      encryptionConfig: undefined,
      serviceAccountKey: undefined,
      serviceCidr: undefined,
    };
    await expect(plan({}, { snapshot })).rejects.toMatchObject({
      kind: 'usage',
      attempted: expect.stringContaining('no-such.db'),
    });
  });
});

describe('the seed of a run', () => {
  it('is the given one, zero included', () => {
    expect([chooseSeed(7, 1000), chooseSeed(0, 1000)]).toEqual([7, 0]);
  });

  it('is a whole number that can be typed again otherwise', () => {
    const seed = chooseSeed(undefined, Date.UTC(2026, 10, 20));
    expect(Number.isInteger(seed) && seed >= 0 && seed < 1_000_000_000).toBe(true);
  });
});
