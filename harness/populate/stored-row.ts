import { createHash } from 'node:crypto';

/** What is put into etcd past the API. */
export interface StoredRow {
  key: Uint8Array;
  value: Uint8Array;
}

/** Any uid will do as long as no two are the same. */
export function uidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  const part = (from: number, to: number) => hex.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-8${part(17, 20)}-${part(20, 32)}`;
}
