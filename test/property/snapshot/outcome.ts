import { openSnapshotBytes } from '../../../harness/snapshot/open-snapshot.ts';

/** What a damaged file came to, compared with the whole one. */
export type Outcome =
  /** A finding of severity error or warning that the whole file does not have. */
  | 'found'
  /** Nothing that the file says has changed: free space, old values. */
  | 'harmless'
  /**
   * Only that changed of which there is no second copy: values, names of keys, times to live, and creation
   * and version of a row whose predecessors were compacted.
   */
  | 'text'
  /** Revisions, versions or the number of rows changed, and nothing was found. */
  | 'missed';

export interface Look {
  codes: string[];
  counts: string;
  /** Modification revision → what else the live rows of that revision say in numbers. */
  numbers: Map<number, string>;
  /** Everything that can be read. */
  everything: string;
}

export async function lookAt(file: Uint8Array): Promise<Look> {
  await using reading = await openSnapshotBytes(file);
  const findings = await reading.findings();
  const numbers = new Map<number, string>();
  const texts: string[] = [];
  const compacted = reading.identity.finishedCompactRevision ?? 0;
  reading.eachLive(({ key, value, createRevision, modRevision, version, lease }) => {
    const others = numbers.get(modRevision) ?? '';
    const since = `${createRevision} ${version}`;
    const checked = modRevision > compacted ? `${since} ${value.length}` : String(value.length);
    numbers.set(modRevision, `${others}${checked};`);
    const name = Buffer.from(key).toString('latin1');
    texts.push(`${modRevision} ${since} ${name} ${lease} ${checksum(value)}`);
  });
  const { hash, revision, revisionRows, tombstones, bucketRows } = reading.figures;
  const counts = JSON.stringify({ revision, revisionRows, tombstones, bucketRows });
  return {
    codes: findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code),
    counts,
    numbers,
    everything: [hash, JSON.stringify(reading.identity), ...texts.toSorted()].join('\n'),
  };
}

export function outcomeOf(whole: Look, damaged: Look): Outcome {
  const known = new Set(whole.codes);
  if (damaged.codes.some((code) => !known.has(code))) return 'found';
  if (damaged.counts !== whole.counts) return 'missed';
  for (const [revision, numbers] of damaged.numbers) {
    // With another name a row may replace another key's: then its numbers are absent, not wrong.
    const before = whole.numbers.get(revision);
    if (before !== undefined && before !== numbers && !before.includes(numbers)) return 'missed';
  }
  return damaged.everything === whole.everything ? 'harmless' : 'text';
}

function checksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0);
}
