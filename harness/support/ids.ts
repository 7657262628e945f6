import { randomBytes } from 'node:crypto';

/** A run's id: sorts by time, is unique, is a DNS label: `20261120-173106-a1b2`. */
export function newRunId(nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '-');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}
