import type { CheckView, Examination } from '../model/check.ts';
import type { Finding } from '../model/finding.ts';
import type { EtcdObjects } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { baselineObjects } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';

/** Findings that say already why members hold something else than the baseline. */
export const CAUSES_OF_OTHER_OBJECTS: readonly string[] = [
  'split-brain',
  'cluster-id-differs',
  'members-diverge',
  'sentinel-survived',
];

/**
 * Compares what etcd held at backup time with what each member holds now.
 * @param compare its findings, or why there is nothing to compare.
 */
export function againstBaseline(
  { now, baseline }: CheckView,
  compare: (then: EtcdObjects, members: EtcdObjects[]) => Finding[] | string,
): Examination {
  const then = baselineObjects(baseline ?? []);
  if (then === undefined) return unknown('what etcd held at backup time is not known');
  const members = allOf(now, 'etcd-objects');
  const blind = blindSpots(now, 'etcd-objects', []);
  if (members.length === 0) return unknown(...blind, 'nobody read what etcd holds');
  const compared = compare(then, members);
  return typeof compared === 'string' ? unknown(...blind, compared) : examined(compared, blind);
}
