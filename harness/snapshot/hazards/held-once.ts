import type { Finding, ObjectRef } from '../../model/finding.ts';
import { snapshotFinding } from '../codes.ts';
import type { HAZARD_CODES } from './codes.ts';
import { enumerate, placeOf } from './wording.ts';

/** The Services that hold each address or port, of which there is one. */
export type Holders = Map<string, ObjectRef[]>;

/** @param what `cluster IP`, `node port`. */
export function heldTwice(
  code: keyof typeof HAZARD_CODES,
  what: string,
  holders: Holders,
): Finding[] {
  const twice = [...holders].filter(([, refs]) => refs.length > 1);
  return about(code, twice, (held) => `more than one Service has ${what} ${held}`);
}

/** Those that another Service may be given too, because nobody wrote down that they are taken. */
export function notAllocated(
  code: keyof typeof HAZARD_CODES,
  holders: Holders,
  isAllocated: (held: string, refs: readonly ObjectRef[]) => boolean,
  describe: (held: string) => string,
): Finding[] {
  const free = [...holders].filter(([held, refs]) => !isAllocated(held, refs));
  return about(code, free, (held) => `${describe(held)}: another Service may get it too`);
}

function about(
  code: keyof typeof HAZARD_CODES,
  held: readonly [string, ObjectRef[]][],
  message: (held: string) => string,
): Finding[] {
  if (held.length === 0) return [];
  const objects = held.flatMap(([, refs]) => refs);
  return [
    snapshotFinding(code, {
      message: message(enumerate(held.map(([one]) => one))),
      where: placeOf(objects),
      objects,
    }),
  ];
}
