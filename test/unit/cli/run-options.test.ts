import { afterEach, describe, expect, it } from 'vitest';
import { type RunOptions, runDefinition } from '../../../harness/cli/commands/run-options.ts';

afterEach(() => {
  process.exitCode = undefined;
});

/** What the runner is given for a command line. */
async function parse(...argv: string[]): Promise<{ scenarios: string[]; options: RunOptions }> {
  let given: { scenarios: string[]; options: RunOptions } | undefined;
  const command = runDefinition(async (scenarios, options) => {
    given = { scenarios, options };
    return 4;
  });
  command.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(argv, { from: 'user' });
  if (given === undefined) throw new Error('nothing was started');
  return given;
}

describe('run', () => {
  it('leaves to the scenario what the command line does not say', async () => {
    const { scenarios, options } = await parse('quorum-loss');
    expect(scenarios).toEqual(['quorum-loss']);
    expect(options).toEqual({
      target: undefined,
      runbook: undefined,
      etcd: undefined,
      kubernetes: undefined,
      snapshot: undefined,
      runWorkloads: false,
      objectCount: undefined,
      controllers: false,
      controlPlanes: undefined,
      workers: undefined,
      nodeImage: undefined,
      ingress: undefined,
      seed: undefined,
      repeat: 1,
      timeoutMs: undefined,
      pauseAfter: undefined,
      keep: 'failure',
      dryRun: false,
      json: false,
      eventsFile: undefined,
      junitFile: undefined,
      directory: undefined,
      tools: {},
    });
  });

  it('takes several scenarios, and units are ours', async () => {
    const { scenarios, options } = await parse(
      ...['a', 'b', '--timeout', '90', '--objects', '50000', '--seed', '7', '--keep', 'always'],
      ...['--tool', 'etcd=/opt/etcd', '--tool', 'kubectl=/opt/k=1', '--pause-after', 'verify'],
    );
    expect(scenarios).toEqual(['a', 'b']);
    expect(options).toMatchObject({
      timeoutMs: 90_000,
      objectCount: 50_000,
      seed: 7,
      keep: 'always',
      pauseAfter: 'verify',
      tools: { etcd: '/opt/etcd', kubectl: '/opt/k=1' },
    });
  });

  it('gathers what belongs to the own backup', async () => {
    const { options } = await parse('a', '--snapshot', 'etcd.db', '--sa-key', 'sa.pub');
    expect(options.snapshot).toEqual({
      file: 'etcd.db',
      etcdPrefix: undefined,
      encryptionConfig: undefined,
      serviceAccountKey: 'sa.pub',
      serviceCidr: undefined,
    });
  });

  it("passes the runner's exit code on", async () => {
    await parse('a');
    expect(process.exitCode).toBe(4);
  });

  it.each([
    ['--seed', '-1'],
    ['--seed', '1e3'],
    ['--objects', 'many'],
    ['--timeout', '0'],
    ['--tool', 'etcd'],
    ['--pause-after', 'lunch'],
    ['--keep', 'sometimes'],
    ['--run-workloads'],
  ])('refuses %s %s', async (...argv) => {
    await expect(parse('a', ...argv)).rejects.toThrow();
  });
});
