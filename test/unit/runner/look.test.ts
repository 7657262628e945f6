import { expect, test } from 'vitest';
import { examineAll } from '../../../harness/checks/index.ts';
import { stillInOrder } from '../../../harness/runner/look.ts';
import { healthy } from '../../planted/healthy.ts';

function lookAt(view = healthy()) {
  return { observations: [...view.now], examined: examineAll(view), whole: true };
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
