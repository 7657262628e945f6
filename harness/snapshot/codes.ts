import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { SnapshotVerdict } from '../model/verdict.ts';
import type { SnapshotCode } from './code.ts';
import { HAZARD_CODES } from './hazards/codes.ts';
import { IDENTITY_CODES, INTEGRITY_CODES } from './integrity-codes.ts';

/** Every code that a verdict about a snapshot can rest on. */
export const SNAPSHOT_CODES = {
  ...INTEGRITY_CODES,
  ...IDENTITY_CODES,
  ...HAZARD_CODES,
} as const;

export type SnapshotCodeName = keyof typeof SNAPSHOT_CODES;

/** Makes a finding with the severity (and, unless given, the cure) that the table declares. */
export function snapshotFinding(
  code: SnapshotCodeName,
  parts: { message: string; where: string; cure?: string; objects?: readonly ObjectRef[] },
): Finding {
  const { severity, cure } = SNAPSHOT_CODES[code];
  return finding({ code, severity, cure, ...parts });
}

const ORDER: readonly SnapshotVerdict[] = ['trusted', 'suspect', 'reject'];

/**
 * The worst verdict that any of the findings leads to; codes of `allowed` count for nothing unless
 * they lead to reject.
 */
export function verdictOf(
  findings: readonly Pick<Finding, 'code'>[],
  allowed: ReadonlySet<string> = new Set(),
): SnapshotVerdict {
  const table: Readonly<Record<string, SnapshotCode>> = SNAPSHOT_CODES;
  let worst = 0;
  for (const { code } of findings) {
    const verdict = table[code]?.verdict ?? 'suspect';
    if (verdict !== 'reject' && allowed.has(code)) continue;
    worst = Math.max(worst, ORDER.indexOf(verdict));
  }
  return ORDER[worst] ?? 'reject';
}
