import type { Finding, ObjectRef } from '../../model/finding.ts';
import { type Baseline, checkSignature } from '../../objects/baseline.ts';
import { type DiffEntry, diffInventories, divergentKeys } from '../../objects/diff.ts';
import type { Inventory } from '../../objects/inventory.ts';
import { isLossAllowed, type LossRule } from '../../objects/loss-rules.ts';
import { snapshotFinding } from '../codes.ts';
import { counted, enumerate } from './wording.ts';

/** The inventory taken at backup time, and how far it counts. */
export interface BaselineRule {
  baseline: Baseline;
  /** PEM; the baseline must be signed by its private half. */
  publicKeyPem: string | undefined;
  allowedLosses: readonly LossRule[];
}

/** What the inventory taken at backup time says about the store that claims to be that backup. */
export function againstBaseline(inventory: Inventory, rule: BaselineRule): Finding[] {
  const { baseline, publicKeyPem, allowedLosses } = rule;
  const signature = publicKeyPem === undefined ? [] : signatureFindings(baseline, publicKeyPem);
  const diff = diffInventories(baseline.inventory, inventory);
  const steady = Object.values(diff)
    .flat()
    .filter((entry: DiffEntry) => !entry.volatile);
  if (inventory.revision === baseline.inventory.revision) {
    const any = Object.values(diff).flat();
    return any.length === 0 ? signature : [...signature, contradiction(baseline, any)];
  }
  const divergent = divergentKeys(baseline.inventory, inventory);
  const lost = diff.lost.filter(
    ({ volatile, object }) =>
      !volatile && !(object !== null && isLossAllowed(allowedLosses, object)),
  );
  return [
    ...signature,
    ...(divergent.length === 0 ? [] : [diverged(baseline, divergent)]),
    ...(lost.length === 0 ? [] : [lostFinding(baseline, lost)]),
    snapshotFinding('baseline-compared', {
      message: `${counted(steady.length, 'difference')} to revision ${baseline.inventory.revision} of ${baseline.source}: ${Object.entries(
        diff,
      )
        .map(
          ([kind, entries]) =>
            `${entries.filter((entry: DiffEntry) => !entry.volatile).length} ${kind}`,
        )
        .join(', ')}`,
      where: baseline.source,
    }),
  ];
}

function signatureFindings(baseline: Baseline, publicKeyPem: string): Finding[] {
  const state = checkSignature(baseline, publicKeyPem);
  if (state === 'valid') return [];
  return [
    snapshotFinding(
      state === 'missing' ? 'baseline-signature-missing' : 'baseline-signature-invalid',
      {
        message:
          state === 'missing'
            ? 'the baseline is not signed, so it may have been changed together with the backup'
            : 'the signature of the baseline does not belong to its content and the given key',
        where: baseline.source,
      },
    ),
  ];
}

function contradiction(baseline: Baseline, entries: DiffEntry[]): Finding {
  return snapshotFinding('baseline-contradiction', {
    message: `the same revision ${baseline.inventory.revision} as the baseline, but ${counted(entries.length, 'key')} with other content: ${enumerate(entries.map(({ key }) => key))}`,
    where: baseline.source,
    objects: objectsOf(entries),
  });
}

function diverged(baseline: Baseline, keys: string[]): Finding {
  return snapshotFinding('baseline-diverged', {
    message: `another history than the baseline's: ${counted(keys.length, 'key')} cannot stem from it, e.g. ${enumerate(keys)}`,
    where: baseline.source,
  });
}

function lostFinding(baseline: Baseline, lost: DiffEntry[]): Finding {
  const byResource = Map.groupBy(lost, ({ object }) => object?.resource ?? 'plain keys');
  const counts = [...byResource].map(([resource, entries]) => `${entries.length} ${resource}`);
  return snapshotFinding('baseline-lost', {
    message: `${counted(lost.length, 'object')} of the baseline missing: ${counts.join(', ')}`,
    where: baseline.source,
    objects: objectsOf(lost),
  });
}

function objectsOf(entries: DiffEntry[]): ObjectRef[] {
  return entries.flatMap(({ object }) => (object === null ? [] : [object]));
}
