import { describe, expect, it } from 'vitest';
import type { TargetName } from '../../../harness/model/scenario.ts';
import { requireOneWorld } from '../../../harness/runner/one-world.ts';
import type { DrillPlan } from '../../../harness/runner/plan.ts';

const on = (target: TargetName, name = target) =>
  ({ target, scenario: { name } }) as unknown as DrillPlan;

describe('the drills of one run', () => {
  it.each([[['process', 'process']], [['container', 'kind']], [['container']]] as TargetName[][][])(
    'may run together on %j',
    (targets) => {
      expect(() => requireOneWorld(targets.map((target) => on(target)))).not.toThrow();
    },
  );

  it('do not run together where some need namespaces and others containers', () => {
    expect(() => requireOneWorld([on('container', 'container'), on('process')])).toThrow(
      'run process and container together: one runs on target process, the other on container',
    );
  });
});
