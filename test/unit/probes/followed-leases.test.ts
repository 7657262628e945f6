import { expect, test } from 'vitest';
import { followed, type LeaseSpec } from '../../../harness/probes/followed-leases.ts';

const HOLDER = 'cp-1_5a0c';

function lease(seconds: number, holderIdentity = HOLDER): LeaseSpec {
  const renewTime = new Date(seconds * 1000).toISOString().replace('Z', '000Z');
  return { holderIdentity, leaseDurationSeconds: 15, renewTime };
}

const read = (spec: LeaseSpec, readAtMs: number, host = 'cp-1') => ({ host, spec, readAtMs });
const FIRST = followed(undefined, read(lease(100), 0));

test('a Lease that is read for the first time tells of no renewal', () => {
  expect(FIRST.renewedAtMs).toBeUndefined();
});

test('a later time is a renewal, which may be as old as the reading before', () => {
  expect(followed(FIRST, read(lease(102), 500)).renewedAtMs).toBe(0);
});

test('an unchanged Lease leaves the renewal as old as it was', () => {
  const renewed = followed(FIRST, read(lease(102), 500));
  expect(followed(renewed, read(lease(102), 1000)).renewedAtMs).toBe(0);
});

test.each([
  ['after a gap, in which its holder may have renewed and died', read(lease(102), 3001)],
  ['by an API server that may be of another world', read(lease(102), 500, 'cp-2')],
  ['backwards in time, as a restore changes it', read(lease(98), 500)],
  ['by a holder that lets go of it', read(lease(102, ''), 500)],
])('a change is no renewal when it is seen %s', (_, change) => {
  expect(followed(FIRST, change).renewedAtMs).toBeUndefined();
});
