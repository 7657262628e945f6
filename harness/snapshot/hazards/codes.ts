import type { SnapshotCodeTable } from '../code.ts';

/** Codes of what a restore of a whole file will bring to Kubernetes; one entry a code. */
export const HAZARD_CODES = {} as const satisfies SnapshotCodeTable;
