import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { listed } from './wording.ts';

/**
 * A data directory without its log (a failed restore, moved into place by the next command of a
 * `;` chain) starts, is healthy and serves every read, and can never write again.
 */
export const writes: Check = {
  name: 'writes',
  title: 'etcd acknowledges a write made now',
  phases: ['baseline', 'verify'],
  needs: [],
  explainedBy: [
    'no-leader',
    'cluster-id-differs',
    'alarm-nospace',
    'alarm-foreign',
    'alarm-corrupt',
  ],
  codes: [{ code: 'writes-refused', heals: true }],
  examine({ now }) {
    const canaries = allOf(now, 'write-canary');
    const blind = blindSpots(now, 'write-canary', []);
    if (canaries.length === 0)
      return unknown(...(blind.length > 0 ? blind : ['nobody tried to write']));
    const serving = new Set(allOf(now, 'etcd-objects').map((seen) => seen.source));
    const failed = canaries.filter((canary) => canary.writeError !== null);
    const byError = Map.groupBy(failed, (canary) => canary.writeError ?? '');
    const findings = [...byError].map(([error, same]) => {
      const hosts = same.map((canary) => canary.source);
      return refused(
        error,
        hosts,
        hosts.every((host) => serving.has(host)),
      );
    });
    return examined(findings, blind);
  },
};

function refused(error: string, hosts: readonly string[], serves: boolean): Finding {
  return finding({
    code: 'writes-refused',
    severity: 'error',
    message: serves
      ? `Reads are served and writes refused through ${listed(hosts)}: ${error}. Health and the` +
        ' member list show nothing of it. A data directory that a failed restore left behind, or' +
        ' one without its log, behaves so.'
      : `Writes are refused through ${listed(hosts)}: ${error}.`,
    where: listed(hosts),
    cure:
      'Look whether `ls DATA_DIR/member/wal/*.wal` finds a log on each member. Restore again into an' +
      ' empty directory and check the exit code of `etcdutl snapshot restore` before moving anything' +
      ' into place (`&&`, never `;`).',
  });
}
