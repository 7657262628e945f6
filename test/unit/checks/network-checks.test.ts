import { describe, expect, test } from 'vitest';
import { addresses } from '../../../harness/checks/addresses.ts';
import { peers } from '../../../harness/checks/peers.ts';
import type { CheckView } from '../../../harness/model/check.ts';
import type { PeerCalls } from '../../../harness/model/observation.ts';
import { alter, silence } from '../../planted/defect.ts';
import { healthy } from '../../planted/healthy.ts';
import { restoredAlone, restoredApart, restoredWithoutNames } from '../../planted/members.ts';
import { busy, clashingAddress, split, swappedAddresses } from '../../planted/network.ts';

const found = (check: typeof peers, view: CheckView) =>
  check.examine(view).findings.map(({ code, where }) => `${code} at ${where}`);

describe('peers', () => {
  test('a partition is one finding, with its shape and who goes on', () => {
    const [one, ...more] = peers.examine(
      split(healthy(), ['etcd-2'], ['etcd-1', 'etcd-3']),
    ).findings;
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      code: 'partition-minority',
      where: 'etcd-1 and etcd-3 | etcd-2',
      message: expect.stringContaining('etcd-1 and etcd-3 go on; etcd-2 takes no writes'),
    });
  });

  test('where each is alone, nobody has a quorum', () => {
    expect(found(peers, split(healthy(), ['etcd-1'], ['etcd-2'], ['etcd-3']))).toEqual([
      'partition-no-quorum at etcd-1 | etcd-2 | etcd-3',
    ]);
  });

  test('a member that is down is no partition', () => {
    const down = silence(silence(healthy(), 'member-status', 'etcd-3'), 'peer-links', 'etcd-3');
    const view = split(down, ['etcd-1', 'etcd-2'], ['etcd-3']);
    expect(peers.examine(view)).toMatchObject({ verdict: 'pass', findings: [] });
  });

  test.each([
    ['that were restored apart', restoredApart],
    ['that were restored without names', restoredWithoutNames],
    ['of which one is another cluster', restoredAlone],
  ])('nobody expects members to be connected %s', (_, restored) => {
    const view = alter(restored(healthy()), 'peer-links', (links) => ({ ...links, peers: [] }));
    expect(found(peers, view).filter((each) => each.includes('etcd-1'))).toEqual([]);
  });

  /** etcd-1 has given up both connections, and this came of calling its peers. */
  function givenUp(calls: PeerCalls | null): CheckView {
    return alter(healthy(), 'peer-links', (links) =>
      links.source === 'etcd-1'
        ? { ...links, peers: links.peers.map((peer) => ({ ...peer, active: false, calls })) }
        : links,
    );
  }
  const CALLS: PeerCalls = { made: 20, answered: 20, refused: 0, repeated: 0, fastestMs: 0.2 };

  test.each([
    ['nobody has called', null],
    ['some calls are not answered', { ...CALLS, answered: 19 }],
  ])('a connection that etcd itself has given up counts where %s', (_, calls) => {
    expect(found(peers, givenUp(calls))).toEqual([
      'partition-minority at etcd-2 and etcd-3 | etcd-1',
    ]);
  });

  test('it is no partition where every call is answered: etcd dials again when it likes', () => {
    expect(peers.examine(givenUp(CALLS)).verdict).toBe('pass');
  });

  test('a busy machine loses no packets', () => {
    expect(peers.examine(busy(healthy())).verdict).toBe('pass');
  });
});

describe('addresses', () => {
  test('a swap is one finding, and no clash', () => {
    expect(found(addresses, swappedAddresses(healthy(), 'etcd-1', 'etcd-3'))).toEqual([
      'address-swapped at etcd-1 and etcd-3',
    ]);
  });

  test('a clash names the machine that nobody knows', () => {
    const [one] = addresses.examine(clashingAddress(healthy(), 'etcd-2', 'etcd-1')).findings;
    expect(one?.message).toContain('etcd-1 reach 02:00:0a:4d:01:00 there');
    expect(one?.cure).toContain('02:00:0a:4d:01:00');
  });

  test('a member that is down has its address still', () => {
    const off = silence(healthy(), 'member-status', 'etcd-3');
    const view = alter(off, 'address-view', (seen) =>
      seen.source === 'etcd-3'
        ? null
        : {
            ...seen,
            neighbours: seen.neighbours.filter(({ address }) => !address.endsWith('13')),
          },
    );
    expect(addresses.examine(view)).toMatchObject({ verdict: 'pass', findings: [] });
  });

  test('nobody need look where every member answers; else somebody must', () => {
    const unseen = alter(healthy(), 'address-view', () => null);
    expect(addresses.examine(unseen).verdict).toBe('pass');
    expect(addresses.examine(silence(unseen, 'member-status', 'etcd-1'))).toMatchObject({
      verdict: 'unknown',
      reason: 'no host could be asked who answers at its address',
    });
  });
});
