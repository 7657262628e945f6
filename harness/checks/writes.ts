import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { WriteCanary } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';

/**
 * A data directory without its log (a failed restore, moved into place by the next command of a
 * `;` chain) starts, is healthy and serves every read, and can never write again.
 */
export const writes: Check = {
  name: 'writes',
  title: 'etcd acknowledges a write made now',
  phases: ['baseline', 'verify'],
  needs: [],
  explainedBy: ['no-leader', 'alarm-nospace', 'alarm-foreign', 'alarm-corrupt'],
  codes: [{ code: 'writes-refused', heals: true }],
  examine({ now }) {
    const canaries = allOf(now, 'write-canary');
    const blind = blindSpots(now, 'write-canary', []);
    if (canaries.length === 0)
      return unknown(...(blind.length > 0 ? blind : ['nobody tried to write']));
    return examined(canaries.flatMap(refused), blind);
  },
};

function refused({ source, writeError, reads }: WriteCanary): Finding[] {
  if (writeError === null) return [];
  const served = reads.some((read) => read.error === null);
  return [
    finding({
      code: 'writes-refused',
      severity: 'error',
      message: served
        ? `${source} serves reads and refuses writes: ${writeError}. Health and the list of members` +
          ' show nothing of it. A data directory put together from a restore that failed, or without' +
          ' its log, behaves so.'
        : `${source} refuses writes: ${writeError}.`,
      where: source,
      cure:
        'Look whether `ls DATA_DIR/member/wal/*.wal` finds a log on each member. Restore again into an' +
        ' empty directory and check the exit code of `etcdutl snapshot restore` before moving anything' +
        ' into place (`&&`, never `;`).',
    }),
  ];
}
