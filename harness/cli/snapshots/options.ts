import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { messageOf, usageError } from '../../support/errors.ts';

const UNIT_MS: Record<string, number> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `90m`, `36h`, `7d` in milliseconds. */
export function durationMs(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new InvalidArgumentError('As in 90m, 36h or 7d.');
  return Number(number) * unitMs;
}

/** An RFC 3339 time in milliseconds since 1970. */
export function timeMs(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('As in 2026-11-20T17:30:00Z.');
  return ms;
}

/** `500MiB`, `20GiB` in bytes. */
export function sizeBytes(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([KMGT])iB$/.exec(text) ?? [];
  if (unit === '') throw new InvalidArgumentError('As in 500MiB or 20GiB.');
  return Number(number) * 1024 ** ('KMGT'.indexOf(unit) + 1);
}

export function revisionNumber(text: string): number {
  const revision = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(revision))
    throw new InvalidArgumentError('A whole number is needed.');
  return revision;
}

/** `3.6`, `1.36.3`: of a program; returned as it was given. */
export function productVersion(text: string): string {
  if (!/^\d+\.\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('As in 3.6 or 3.6.5.');
  return text;
}

/** kube-apiserver takes `registry` for `/registry` too. */
export function etcdPrefix(text: string): string {
  return text.startsWith('/') ? text : `/${text}`;
}

/** Gathers the values of a repeated option. */
export function collect(text: string, before: string[]): string[] {
  return [...before, text];
}

/** @throws DrillError (usage) when the file cannot be read. */
export function readTextFile(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw usageError(`read ${what}`, messageOf(thrown), 'check the path');
  }
}
