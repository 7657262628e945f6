import type { CheckView } from '../../harness/model/check.ts';
import type { PeerCalls } from '../../harness/model/observation.ts';
import { alter, alterOn, type Defect, defectsOf, silence } from './defect.ts';
import { addressOf, hardwareOf, memberId } from './healthy.ts';

const STRANGER = '02:00:0a:4d:01:00';

/** Members of different groups have lost their connections; each still answers us. */
export function split(twin: CheckView, ...groups: readonly (readonly string[])[]): CheckView {
  const own = (host: string) => groups.find((group) => group.includes(host)) ?? [];
  return alter(twin, 'peer-links', (links) => ({
    ...links,
    // etcd itself has not noticed yet.
    peers: links.peers.map((peer) => ({
      ...peer,
      calls: own(links.source).some((host) => memberId(host) === peer.memberId)
        ? { made: 20, answered: 20, refused: 0, repeated: 2, fastestMs: 0.2 }
        : { made: 20, answered: 0, refused: 0, repeated: 2, fastestMs: null },
    })),
  }));
}

/** One connection less, told by one of its ends alone. */
function cutBetween(twin: CheckView, from: string, to: string): CheckView {
  return alterOn(twin, 'peer-links', from, (links) => ({
    ...links,
    peers: links.peers.map((peer) =>
      peer.memberId === memberId(to) ? { ...peer, active: false } : peer,
    ),
  }));
}

/** What comes of calling etcd-3 from etcd-1; its calls to etcd-2 are all answered. */
function called(twin: CheckView, changes: Partial<PeerCalls>): CheckView {
  const good = { made: 20, answered: 20, refused: 0, repeated: 0, fastestMs: 0.2 };
  return alterOn(twin, 'peer-links', 'etcd-1', (links) => ({
    ...links,
    peers: links.peers.map((peer) => ({
      ...peer,
      calls: peer.memberId === memberId('etcd-3') ? { ...good, ...changes } : good,
    })),
  }));
}

/** Calls between etcd-1 and etcd-3 take long, and none was repeated: the machine is busy. */
export function busy(twin: CheckView): CheckView {
  return called(twin, { answered: 2, fastestMs: 60 });
}

/** The host holds other addresses than its own, and the others reach its hardware there. */
function moved(twin: CheckView, host: string, ...addresses: string[]): CheckView {
  const silent = silence(twin, 'member-status', host);
  const held = alterOn(silent, 'address-view', host, (view) => ({ ...view, addresses }));
  return alter(held, 'address-view', (view) => ({
    ...view,
    neighbours: view.neighbours.map((seen) =>
      addresses.includes(seen.address) ? { ...seen, hardware: hardwareOf(host) } : seen,
    ),
  }));
}

export function swappedAddresses(twin: CheckView, one: string, other: string): CheckView {
  return moved(moved(twin, one, addressOf(other)), other, addressOf(one));
}

export function clashingAddress(twin: CheckView, host: string, ...misled: string[]): CheckView {
  return alter(silence(twin, 'member-status', host), 'address-view', (view) => ({
    ...view,
    neighbours: view.neighbours.map((seen) =>
      seen.address === addressOf(host) && misled.includes(view.source)
        ? { ...seen, hardware: STRANGER }
        : seen,
    ),
  }));
}

/** No shell on any host: the member that answers at an address is known by its ID alone. */
function swappedIds(twin: CheckView): CheckView {
  const blind = alter(twin, 'address-view', () => null);
  const other: Record<string, string> = { 'etcd-1': 'etcd-2', 'etcd-2': 'etcd-1' };
  return alter(blind, 'member-status', (status) => ({
    ...status,
    memberId: memberId(other[status.source] ?? status.source),
  }));
}

export const networkDefects: Defect[] = [
  ...defectsOf('addresses', [
    [
      'address-swapped',
      'etcd-1 and etcd-2 traded addresses',
      (twin) => swappedAddresses(twin, 'etcd-1', 'etcd-2'),
    ],
    ['address-swapped', 'the member of the other host answers at either address', swappedIds],
    [
      'address-wrong',
      'etcd-3 was given an address that nobody expects',
      (twin) => moved(twin, 'etcd-3', '10.77.0.99'),
    ],
    ['address-wrong', 'the network card of etcd-3 is gone', (twin) => moved(twin, 'etcd-3')],
    [
      'address-clash',
      'a new machine was given the address of etcd-1',
      (twin) => clashingAddress(twin, 'etcd-1', 'etcd-2', 'etcd-3'),
    ],
    [
      'address-clash',
      'only etcd-3 is misled by it so far',
      (twin) => clashingAddress(twin, 'etcd-1', 'etcd-3'),
    ],
  ]),
  ...defectsOf('peers', [
    [
      'partition-minority',
      'etcd-1 is cut off',
      (twin) => split(twin, ['etcd-1'], ['etcd-2', 'etcd-3']),
    ],
    [
      'partition-no-quorum',
      'each member is alone',
      (twin) => split(twin, ['etcd-1'], ['etcd-2'], ['etcd-3']),
    ],
    [
      'peer-unreachable',
      'etcd-1 no longer hears etcd-2',
      (twin) => cutBetween(twin, 'etcd-1', 'etcd-2'),
    ],
    [
      'peer-slow',
      'every packet between etcd-1 and etcd-3 is late',
      (twin) => called(twin, { answered: 3, fastestMs: 400 }),
    ],
    [
      'peer-lossy',
      'a quarter of the packets between etcd-1 and etcd-3 is lost',
      (twin) => called(twin, { answered: 3, repeated: 1 }),
    ],
  ]),
];
