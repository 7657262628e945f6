import { ROLES, type Role } from '../model/runbook.ts';

/** Who plays what in a drill; hosts by name. */
export interface Cast {
  /** Every host, the operator too. */
  hosts: readonly string[];
  members: readonly string[];
  controlPlanes: readonly string[];
  workers: readonly string[];
  /** Hosts that the fault took; handed over running, with etcd stopped. */
  lost: readonly string[];
  operator: string;
}

export function isRole(word: string): word is Role {
  return ROLES.some((role) => role === word);
}

/** Hosts of a role, or the host of that name, in name order; none when it selects nobody. */
export function select(on: string, cast: Cast): string[] {
  if (!isRole(on)) return cast.hosts.filter((host) => host === on);
  return byName(membersOf(on, cast));
}

function membersOf(role: Role, cast: Cast): readonly string[] {
  const members = byName(cast.members);
  const controlPlanes = byName(cast.controlPlanes);
  const survivors = members.filter((host) => !cast.lost.includes(host));
  switch (role) {
    case 'members':
      return members;
    case 'control-planes':
      return controlPlanes;
    case 'workers':
      return cast.workers;
    case 'lost':
      return cast.lost;
    case 'survivors':
      return survivors;
    case 'first-member':
      return members.slice(0, 1);
    case 'other-members':
      return members.slice(1);
    case 'first-survivor':
      return survivors.slice(0, 1);
    case 'first-control-plane':
      return controlPlanes.slice(0, 1);
    case 'other-control-planes':
      return controlPlanes.slice(1);
    case 'operator':
      return [cast.operator];
  }
}

/** `etcd-2` before `etcd-10`. */
export function byName(hosts: readonly string[]): string[] {
  return [...hosts].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

const APART: readonly (readonly [string, string])[] = [
  ['lost', 'survivors'],
  ['lost', 'first-survivor'],
  ['first-member', 'other-members'],
  ['first-control-plane', 'other-control-planes'],
];

/**
 * Whether a host could play both, whatever the topology; what one block leaves, the other then
 * finds.
 */
export function mayShareHost(one: string, other: string): boolean {
  if (one === other) return true;
  if (!isRole(one) && !isRole(other)) return false;
  for (const alone of ['operator', 'workers']) {
    if (one === alone) return !isRole(other);
    if (other === alone) return !isRole(one);
  }
  return !APART.some((pair) => pair.includes(one) && pair.includes(other));
}
