import { describe, expect, it } from 'vitest';
import { requireCapabilities } from '../../../harness/runner/capabilities.ts';
import type { Capability, Target } from '../../../harness/targets/target.ts';
import { somePlan } from './some-plan.ts';

const target = (...capabilities: Capability[]): Target => ({
  name: 'process',
  capabilities: new Set(capabilities),
  unavailable: async () => undefined,
  provision: () => Promise.reject(new Error('not needed here')),
});

describe('a drill that the target cannot do', () => {
  it('is skipped, with every fault that asks too much', () => {
    const plan = somePlan({
      faults: [{ fault: 'power-off' }, { fault: 'fill-disk' }, { fault: 'disconnect' }],
    });
    expect(() => requireCapabilities(plan, target('power'))).toThrow(
      expect.objectContaining({
        verdict: 'skipped',
        message:
          'target process cannot do it here: fault fill-disk needs disk-quota; fault disconnect needs disconnect',
      }),
    );
  });

  it('is skipped when the scenario is not made for the target', () => {
    const plan = somePlan({ targets: ['kind'] });
    expect(() => requireCapabilities(plan, target('power'))).toThrow(
      'ours is not made for target process (it names kind)',
    );
  });

  it('is skipped when it shows nothing without API servers', () => {
    const plan = somePlan({ topology: { controlPlanes: 0, needsApiServers: true } });
    expect(() => requireCapabilities(plan, target('power'))).toThrow(
      expect.objectContaining({ verdict: 'skipped' }),
    );
  });
});

it('a drill that the target can do goes on', () => {
  expect(requireCapabilities(somePlan(), target('power'))).toBeUndefined();
  const bare = somePlan({ faults: [{ fault: 'stop-etcd' }] });
  expect(requireCapabilities(bare, target())).toBeUndefined();
});
