import type { Check, CheckView, DrillFacts } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { AddressView } from '../model/observation.ts';
import { examined } from './examination.ts';
import { allOf, blindSpots, bySource } from './observed.ts';
import { listed } from './wording.ts';

/** A member with the address that it ought to have, and the one that it has. */
interface Placed {
  host: string;
  address: string;
  view: AddressView | undefined;
}

/**
 * Whoever answers at a member's address ought to be that member. Two hosts that swapped theirs, or a
 * new machine that was given a taken one, look like members that are merely down.
 */
export const addresses: Check = {
  name: 'addresses',
  title: "At each member's address that member answers, and nobody else",
  phases: ['baseline', 'impact', 'verify'],
  needs: [],
  explainedBy: [],
  codes: [
    { code: 'address-swapped', heals: false },
    { code: 'address-wrong', heals: false },
    { code: 'address-clash', heals: true },
  ],
  examine(view) {
    const views = bySource(view.now, 'address-view');
    const placed = view.facts.members.map(
      ({ host, peerUrl }): Placed => ({
        host,
        address: new URL(peerUrl).hostname,
        view: views.get(host),
      }),
    );
    const findings = [...swapped(placed, view), ...wrong(placed), ...clashing(placed)];
    return examined(findings, views.size > 0 ? [] : unseen(view));
  },
};

/** Where every member answers behind its own certificate nobody need look at addresses. */
function unseen({ now, facts }: CheckView): string[] {
  const answering = bySource(now, 'member-status');
  if (facts.members.every(({ host }) => answering.has(host))) return [];
  const reasons = blindSpots(now, 'address-view', []);
  return reasons.length > 0 ? reasons : ['no host could be asked who answers at its address'];
}

function has({ view }: Placed, address: string): boolean {
  return view?.addresses.includes(address) ?? false;
}

/** Without its own address. */
function isElsewhere(one: Placed): boolean {
  return one.view !== undefined && !has(one, one.address);
}

function trades(one: Placed, other: Placed): boolean {
  return isElsewhere(one) && has(one, other.address) && has(other, one.address);
}

function swapped(placed: readonly Placed[], { now, facts }: CheckView): Finding[] {
  const answerer = answererOf(now, facts);
  return placed.flatMap((one, index) =>
    placed
      .slice(index + 1)
      .filter(
        (other) =>
          trades(one, other) ||
          (answerer(one.host) === other.host && answerer(other.host) === one.host),
      )
      .map((other) =>
        finding({
          code: 'address-swapped',
          severity: 'error',
          message:
            `${one.host} and ${other.host} have each other's address: ${other.host} answers at` +
            ` ${one.address}, ${one.host} at ${other.address}. Certificates and member list say otherwise.`,
          where: listed([one.host, other.host]),
          cure:
            `Give ${one.host} ${one.address} and ${other.host} ${other.address} again, pin both where` +
            ' they are assigned, and `systemctl restart etcd` on both. Do not move data directories:' +
            ' each is still with its own member.',
        }),
      ),
  );
}

/** Which host's member it is that answers at a host's address, by its ID in the member lists. */
function answererOf(
  now: CheckView['now'],
  { members }: DrillFacts,
): (host: string) => string | undefined {
  const names = new Map(
    allOf(now, 'member-list').flatMap((list) => list.members.map(({ id, name }) => [id, name])),
  );
  const statuses = bySource(now, 'member-status');
  return (host) => {
    const name = names.get(statuses.get(host)?.memberId ?? '');
    return members.find((member) => member.name === name)?.host;
  };
}

function wrong(placed: readonly Placed[]): Finding[] {
  return placed
    .filter((one) => isElsewhere(one) && !placed.some((other) => trades(one, other)))
    .map((one) => {
      const now = one.view?.addresses ?? [];
      return finding({
        code: 'address-wrong',
        severity: 'error',
        message:
          `${one.host} has ${now.length === 0 ? 'no address' : `the address ${listed(now)}`} instead` +
          ` of ${one.address}: etcd cannot listen there, and nobody finds it.`,
        where: one.host,
        cure:
          `Give ${one.host} ${one.address} again and \`systemctl restart etcd\`; or, if the new address` +
          ' is meant, `etcdctl member update ID --peer-urls=…` from another member first, and a new' +
          ' certificate for it.',
      });
    });
}

function clashing(placed: readonly Placed[]): Finding[] {
  return placed
    .filter((one) => has(one, one.address))
    .flatMap((owner) => {
      const misled = placed.flatMap(({ host, view }) => {
        const seen = view?.neighbours.find(({ address }) => address === owner.address);
        const foreign = seen !== undefined && seen.hardware !== owner.view?.hardware;
        return foreign ? [{ host, hardware: seen.hardware }] : [];
      });
      if (misled.length === 0) return [];
      const machines = [...new Set(misled.map(({ hardware }) => hardware))];
      return [clash(owner, listed(misled.map(({ host }) => host)), listed(machines))];
    });
}

function clash(owner: Placed, misled: string, machines: string): Finding {
  return finding({
    code: 'address-clash',
    severity: 'error',
    message:
      `Another machine answers at ${owner.address}, the address of ${owner.host}: ${misled} reach` +
      ` ${machines} there, while ${owner.host} has ${owner.view?.hardware}.`,
    where: owner.host,
    cure:
      `Find the machine with the hardware address ${machines} (the hypervisor's or switch's table tells` +
      ' its place), take it off the network, take the address out of the pool it came from, and let' +
      ` the neighbours forget: \`ip neigh flush to ${owner.address}\`. ${owner.host} itself needs nothing.`,
  });
}
