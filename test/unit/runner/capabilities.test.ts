import { describe, expect, it } from 'vitest';
import { requireCapabilities } from '../../../harness/runner/capabilities.ts';
import type { Capability, Target } from '../../../harness/targets/target.ts';
import { somePlan } from './some-plan.ts';

const target = (...capabilities: Capability[]): Target => ({
  name: 'process',
  capabilities: new Set(capabilities),
  unavailable: async () => undefined,
  lacks: async (capability) => (capability === 'latency' ? 'no netem in this kernel' : undefined),
  provision: () => Promise.reject(new Error('not needed here')),
});

describe('a drill that the target cannot do', () => {
  it('is skipped, with every fault that asks too much', async () => {
    const plan = somePlan({
      faults: [{ fault: 'power-off' }, { fault: 'fill-disk' }, { fault: 'disconnect' }],
    });
    await expect(requireCapabilities(plan, target('power'))).rejects.toThrow(
      expect.objectContaining({
        verdict: 'skipped',
        message:
          'target process cannot do it here: fault fill-disk needs disk-quota; fault disconnect needs disconnect',
      }),
    );
  });

  it('is skipped with what this machine lacks, although the target could', async () => {
    const plan = somePlan({ faults: [{ fault: 'latency' }] });
    await expect(requireCapabilities(plan, target('latency'))).rejects.toThrow(
      'fault latency needs latency (no netem in this kernel)',
    );
  });

  it('is skipped where no hosts can be had besides the members', async () => {
    const plan = somePlan({ topology: { workers: 1 } });
    await expect(requireCapabilities(plan, target('power'))).rejects.toThrow(
      'the topology needs workers',
    );
    await expect(requireCapabilities(plan, target('power', 'workers'))).resolves.toBeUndefined();
  });

  it('is skipped when the scenario is not made for the target', async () => {
    const plan = somePlan({ targets: ['kind'] });
    await expect(requireCapabilities(plan, target('power'))).rejects.toThrow(
      'ours is not made for target process (it names kind)',
    );
  });

  it('is skipped when it shows nothing without API servers', async () => {
    const plan = somePlan({ topology: { controlPlanes: 0, needsApiServers: true } });
    await expect(requireCapabilities(plan, target('power'))).rejects.toThrow(
      expect.objectContaining({ verdict: 'skipped' }),
    );
  });
});

it('a drill that the target can do goes on', async () => {
  await requireCapabilities(somePlan(), target('power'));
  const bare = somePlan({ faults: [{ fault: 'stop-etcd' }] });
  await requireCapabilities(bare, target());
});
