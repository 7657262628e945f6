import { describe, expect, it } from 'vitest';
import { requireOwnPaths } from '../../../harness/runner/own-paths.ts';
import { runbook, somePlan } from './some-plan.ts';

const FORBIDDEN = 'Operation not permitted';

describe('without namespaces', () => {
  it('shipped runbooks run, which name every path by a variable', () => {
    expect(requireOwnPaths([somePlan()], FORBIDDEN)).toBeUndefined();
  });

  it('a published procedure does not run, nor one of the user', () => {
    const asWritten = somePlan({ recovery: [{ runbook: 'as-written/etcd-members' }] });
    expect(() => requireOwnPaths([somePlan(), asWritten], FORBIDDEN)).toThrow(
      expect.objectContaining({
        kind: 'environment',
        happened: expect.stringContaining(FORBIDDEN),
        hint: expect.stringContaining('kubedrill doctor'),
      }),
    );
    const own = { ...runbook('snapshot-save'), name: 'mine' };
    expect(() => requireOwnPaths([somePlan({}, { backupRunbook: own })], FORBIDDEN)).toThrow(
      'run mine without namespaces',
    );
  });

  it('a chaos script does not run, whose commands would be for this machine', () => {
    const chaos = somePlan({ chaos: [{ script: 'chaos/x.mjs' }] });
    expect(() => requireOwnPaths([chaos], FORBIDDEN)).toThrow(
      'run the chaos script chaos/x.mjs without namespaces',
    );
  });

  it('a snapshot of the user does not run, which might reach its own cluster', () => {
    const snapshot = {
      file: '/backups/snap.db',
      etcdPrefix: '/registry',
      encryptionConfig: undefined,
      serviceAccountKey: undefined,
      serviceCidr: undefined,
    };
    expect(() => requireOwnPaths([somePlan({}, { snapshot })], FORBIDDEN)).toThrow(
      /run a drill on \/backups\/snap\.db: .*keep the restored cluster from the network/,
    );
  });
});
