import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

const DAY_MS = 86_400_000;

/** Certificates that will already be refused when the restored cluster serves them. */
export const expiredCertificate: Hazard = (content, { asOfMs }) => {
  const expired = content.secrets.flatMap(({ ref, value }) => {
    const old = value.certificates.filter(
      ({ certificate }) => certificate.validToDate.getTime() < asOfMs,
    );
    return old.slice(0, 1).map(({ entry, certificate }) => ({
      ref,
      text: `${ref.namespace}/${ref.name} (${entry}, ${daysSince(certificate.validToDate, asOfMs)} days ago)`,
    }));
  });
  if (expired.length === 0) return [];
  const objects = expired.map(({ ref }) => ref);
  return [
    snapshotFinding('expired-certificate-in-secret', {
      message: `a certificate has expired in Secret ${enumerate(expired.map(({ text }) => text))}`,
      where: placeOf(objects),
      objects,
    }),
  ];
};

function daysSince(date: Date, asOfMs: number): number {
  return Math.floor((asOfMs - date.getTime()) / DAY_MS);
}
