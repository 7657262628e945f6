import { expect, test } from 'vitest';
import { examineAll } from '../../../harness/checks/index.ts';
import { askedAnew, stillInOrder } from '../../../harness/runner/look.ts';
import { healthy } from '../../planted/healthy.ts';

function lookAt(view = healthy()) {
  return { observations: [...view.now], examined: examineAll(view), taken: [] };
}

test('certificates and static pods that were in order need not be looked at again, all else must', () => {
  const kept = stillInOrder(lookAt());
  expect([...new Set(kept.map(({ kind }) => kind))].sort()).toEqual([
    'certificates',
    'static-pods',
  ]);
});

test('what was wrong is looked at again', () => {
  const view = healthy();
  const now = view.now.map((seen) =>
    seen.kind === 'certificates' ? { ...seen, kubeadmError: 'not found' } : seen,
  );
  const kept = stillInOrder(lookAt({ ...view, now }));
  expect([...new Set(kept.map(({ kind }) => kind))]).toEqual(['static-pods']);
});

test('a look is completed with what it had taken, and is as bad as that is now', () => {
  const view = healthy();
  const { observations } = lookAt(view);
  const asked = observations
    .filter(({ kind }) => kind === 'certificates')
    .map((seen) => ({ ...seen, kubeadmError: 'not found' }));
  const now = askedAnew({ observations, taken: ['certificates'] }, asked);
  expect(now).toHaveLength(observations.length);
  const failed = examineAll({ ...view, now }).filter(
    ({ examination }) => examination.verdict === 'fail',
  );
  expect(failed.map(({ check }) => check.name)).toEqual(['certificates']);
});
