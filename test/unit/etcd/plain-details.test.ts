import { expect, it } from 'vitest';
import { plainDetails } from '../../../harness/etcd/plain-details.ts';

it.each([
  [
    'our side gave up',
    'Deadline exceeded after 0.200s,LB pick: 0.001s',
    'no answer within 0.200 s',
  ],
  ['etcd gave up', 'context deadline exceeded', 'no answer before the deadline of the call'],
  ['etcd let go', 'Call cancelled', 'no answer before the deadline of the call'],
  [
    'nobody listens',
    'No connection established. Last error: Error: connect ECONNREFUSED 10.0.0.1:2379. Resolution note: ',
    'connect ECONNREFUSED 10.0.0.1:2379',
  ],
  [
    'its certificate is not believed',
    'No connection established. Last error: Error: unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca. Resolution note: ',
    'unable to verify the first certificate',
  ],
  ['etcd refused', 'etcdserver: no leader', 'etcdserver: no leader'],
])('when %s it is said in plain words', (_, details, plain) => {
  expect(plainDetails(details)).toBe(plain);
});
