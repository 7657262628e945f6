import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';

/** Clocks of different machines may differ by this much. */
const CLOCK_SKEW_MAX_MS = 300_000;

/** Is the newest write as new as it has to be? Judged by the times inside the objects. */
export const freshness: Hazard = ({ newestWriteMs }, { asOfMs, maxAgeMs }) => {
  if (newestWriteMs === null) {
    if (maxAgeMs === undefined) return [];
    return [
      snapshotFinding('age-unknown', {
        message: 'nothing in the store carries a time, so its age cannot be told',
        where: 'the store',
      }),
    ];
  }
  const ageMs = asOfMs - newestWriteMs;
  const written = new Date(newestWriteMs).toISOString();
  if (ageMs < -CLOCK_SKEW_MAX_MS) {
    return [
      snapshotFinding('written-in-the-future', {
        message: `the newest write (${written}) is ${ageText(-ageMs)} after the time to judge by`,
        where: 'the store',
      }),
    ];
  }
  if (maxAgeMs === undefined || ageMs <= maxAgeMs) return [];
  return [
    snapshotFinding('too-old', {
      message: `the newest write (${written}) is ${ageText(ageMs)} old, ${ageText(maxAgeMs)} are allowed`,
      where: 'the store',
    }),
  ];
};

/** `3.5 h`, `12.0 days` */
function ageText(ms: number): string {
  const hours = ms / 3_600_000;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} days`;
}
