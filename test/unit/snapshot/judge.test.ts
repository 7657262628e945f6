import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { baselineOf, signBaseline } from '../../../harness/objects/baseline.ts';
import { type DiffEntry, diffInventories } from '../../../harness/objects/diff.ts';
import { parseLossRules } from '../../../harness/objects/loss-rules.ts';
import type { ResourceCount } from '../../../harness/objects/resource-counts.ts';
import { parseEncryptionConfiguration } from '../../../harness/snapshot/hazards/encryption-configuration.ts';
import {
  type JudgeOptions,
  judgeSnapshot,
  type SnapshotJudgement,
} from '../../../harness/snapshot/judge.ts';
import { openSnapshot } from '../../../harness/snapshot/open-snapshot.ts';

const folder = new URL('../../fixtures/snapshots/', import.meta.url);

const entrySchema = z.object({
  key: z.string(),
  resource: z.string().optional(),
  namespace: z.string().nullish(),
  name: z.string().optional(),
  volatile: z.boolean().optional(),
  recreated: z.boolean().optional(),
  uidChanged: z.boolean().optional(),
  modRevision: z.union([z.number(), z.array(z.number())]),
});
type ExpectedEntry = z.infer<typeof entrySchema>;

const expectedSchema = z.object({
  files: z.array(
    z.object({
      file: z.string(),
      verdict: z.string(),
      reasons: z.array(z.object({ code: z.string(), level: z.string() })),
      savedAt: z.string().optional(),
      encryptionConfiguration: z.unknown().optional(),
      verdictWithEncryptionConfiguration: z.string().optional(),
      otherKeys: z.array(z.string()).optional(),
      resources: z
        .record(
          z.string(),
          z.object({
            count: z.number(),
            encoding: z.record(z.string(), z.number()),
            namespaces: z.record(z.string(), z.number()).default({}),
            leased: z.number().default(0),
          }),
        )
        .optional(),
    }),
  ),
  diffs: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      added: z.array(entrySchema),
      removed: z.array(entrySchema),
      changed: z.array(entrySchema),
      rewritten: z.array(entrySchema),
    }),
  ),
});
const expected = expectedSchema.parse(
  JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')),
);

/** A damaged file has no time of its own; they were made on this day. */
const DAMAGED_AS_OF = '2026-11-20T17:00:00Z';

async function judge(
  file: string,
  savedAt = DAMAGED_AS_OF,
  options: Partial<JudgeOptions> = {},
): Promise<SnapshotJudgement> {
  await using reading = await openSnapshot(new URL(file, folder).pathname);
  return await judgeSnapshot(reading, { asOfMs: Date.parse(savedAt), ...options });
}

async function inventoryOf(file: string, options: Partial<JudgeOptions> = {}) {
  const { inventory } = await judge(file, DAMAGED_AS_OF, { ...options, inventory: true });
  if (inventory === null) throw new Error('no inventory');
  return inventory;
}

describe('the verdict on a real file', () => {
  test.each(expected.files)('$file is as expected, for the expected reasons', async (entry) => {
    const { verdict, findings } = await judge(entry.file, entry.savedAt);
    const grave = findings.filter(({ severity }) => severity !== 'info');
    const words = (list: { code: string; level: string }[]) =>
      [...new Set(list.map(({ level, code }) => `${level} ${code}`))].sort();
    expect(words(grave.map(({ code, severity }) => ({ code, level: severity })))).toEqual(
      words(entry.reasons.filter(({ level }) => level !== 'info')),
    );
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(entry.reasons.map(({ code }) => code)),
    );
    expect(verdict).toBe(entry.verdict);
  });

  const inventoried = expected.files.filter(({ resources }) => resources !== undefined);
  test.each(inventoried)('$file holds what a daemon started on it serves', async (entry) => {
    const { resources } = await judge(entry.file, entry.savedAt);
    const inventory = await inventoryOf(entry.file);
    const named = (count: ResourceCount) =>
      count.group === '' ? count.resource : `${count.group}/${count.resource}`;
    const { '(other)': _, ...objects } = entry.resources ?? {};
    expect(
      Object.fromEntries(
        resources.map(({ count, encoding, namespaces, leased, ...ref }) => [
          named({ count, encoding, namespaces, leased, ...ref }),
          { count, encoding, namespaces, leased },
        ]),
      ),
    ).toEqual(objects);
    expect(inventory.plainKeys.map(({ key }) => key)).toEqual(entry.otherKeys);
  });

  const encrypted = expected.files.filter((entry) => entry.verdictWithEncryptionConfiguration);
  test.each(encrypted)('$file is better with its encryption configuration', async (entry) => {
    const encryption = parseEncryptionConfiguration(
      JSON.stringify(entry.encryptionConfiguration),
      'expected.json',
    );
    const judged = await judge(entry.file, entry.savedAt, { encryption });
    expect(judged.verdict).toBe(entry.verdictWithEncryptionConfiguration);
    expect(judged.encryptionKeys.map(({ state }) => state)).toEqual(['decrypted', 'decrypted']);
    const inventory = await inventoryOf(entry.file, { encryption });
    const plain = inventory.entries.filter(({ resource }) => resource === 'secrets');
    expect(plain.every(({ uid }) => uid !== null)).toBe(true);
  });

  test('accepts a known hazard by its code, damage never', async () => {
    const entry = expected.files.find(({ file }) => file.startsWith('p05'));
    const codes = new Set(entry?.reasons.map(({ code }) => code));
    expect(await judge('p05-workload-3.6.db', entry?.savedAt, { allowed: codes })).toMatchObject({
      verdict: 'trusted',
    });
    const allowed = new Set(['sha256-mismatch']);
    expect(await judge('d01-flip-in-value.db', DAMAGED_AS_OF, { allowed })).toMatchObject({
      verdict: 'reject',
    });
  });

  test('never shows what is in a Secret', async () => {
    const options = { inventory: true };
    const judged = await judge('p05-workload-3.6.db', DAMAGED_AS_OF, options);
    expect(JSON.stringify(judged)).not.toMatch(/BEGIN|eyJ/);
  });
});

function sameEntry(entry: DiffEntry) {
  const { object, before, after } = entry;
  const revisions = [before?.modRevision, after?.modRevision].filter((each) => each !== undefined);
  const resource = object?.group === '' ? object.resource : `${object?.group}/${object?.resource}`;
  return {
    key: entry.key,
    modRevision: revisions.length === 1 ? revisions[0] : revisions,
    volatile: entry.volatile,
    ...(object === null ? {} : { resource, namespace: object.namespace, name: object.name }),
  };
}

function sameExpected(entry: ExpectedEntry) {
  const { key, modRevision, volatile = false, resource, namespace, name } = entry;
  const object = resource === undefined ? {} : { resource, namespace: namespace ?? null, name };
  return { key, modRevision, volatile, ...object };
}

const keysOf = (entries: { key: string }[]) => entries.map(({ key }) => key);

describe('the difference of two real files', () => {
  test.each(expected.diffs)('$from → $to comes out exactly', async (wanted) => {
    const diff = diffInventories(await inventoryOf(wanted.from), await inventoryOf(wanted.to));
    expect(diff.added.map(sameEntry)).toEqual(wanted.added.map(sameExpected));
    expect(diff.lost.map(sameEntry)).toEqual(wanted.removed.map(sameExpected));
    const changed = [...diff.changed, ...diff.recreated].sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(changed.map(sameEntry)).toEqual(wanted.changed.map(sameExpected));
    expect(keysOf(diff.recreated)).toEqual(
      keysOf(wanted.changed.filter(({ recreated }) => recreated)),
    );
    expect(keysOf(changed.filter(({ uidChanged }) => uidChanged))).toEqual(
      keysOf(wanted.changed.filter(({ uidChanged }) => uidChanged)),
    );
    expect(keysOf(diff.rewritten)).toEqual(keysOf(wanted.rewritten));
    expect([...diff.resurrected, ...diff.reverted]).toEqual([]);
  });
});

describe('a baseline', () => {
  async function baselineFrom(file: string) {
    const inventory = await inventoryOf(file);
    const source = { takenAt: DAMAGED_AS_OF, source: file, sourceSha256: null };
    const baseline = baselineOf(inventory, { ...source, etcdPrefix: '/registry' });
    return { baseline, publicKeyPem: undefined, allowedLosses: [] };
  }
  const codes = (judged: SnapshotJudgement) =>
    judged.findings.map(({ code }) => code).filter((code) => code.startsWith('baseline'));

  test('of the same file says nothing', async () => {
    const baseline = await baselineFrom('p02-plain-history-3.6.db');
    expect(codes(await judge('p02-plain-history-3.6.db', DAMAGED_AS_OF, { baseline }))).toEqual([]);
  });

  test('of the same revision with other content rejects the file', async () => {
    const baseline = await baselineFrom('p02-plain-history-3.6.db');
    const [first] = baseline.baseline.inventory.plainKeys;
    if (first !== undefined) first.contentHash = 'of something else';
    const judged = await judge('p02-plain-history-3.6.db', DAMAGED_AS_OF, { baseline });
    expect(codes(judged)).toEqual(['baseline-contradiction']);
    expect(judged.verdict).toBe('reject');
  });

  test('of an earlier time names what is missing since', async () => {
    const baseline = await baselineFrom('p05-workload-3.6.db');
    const judged = await judge('p06-workload-compacted-3.6.db', DAMAGED_AS_OF, { baseline });
    expect(codes(judged)).toEqual(['baseline-lost', 'baseline-compared']);
  });

  test('may name losses that are allowed', async () => {
    const baseline = await baselineFrom('p05-workload-3.6.db');
    const allowedLosses = parseLossRules(
      'allow: [{resource: "*", namespace: shop, why: test}, {resource: ip*, why: test}]',
      'rules',
    );
    const options = { baseline: { ...baseline, allowedLosses } };
    const judged = await judge('p06-workload-compacted-3.6.db', DAMAGED_AS_OF, options);
    expect(codes(judged)).toEqual(['baseline-compared']);
  });

  test('that should be signed and is not, or by somebody else, is told', async () => {
    const baseline = await baselineFrom('p02-plain-history-3.6.db');
    const pem = (type: 'private' | 'public', pair = generateKeyPairSync('ed25519')) =>
      type === 'private'
        ? pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
        : pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const unsigned = { ...baseline, publicKeyPem: pem('public') };
    const file = 'p02-plain-history-3.6.db';
    expect(codes(await judge(file, DAMAGED_AS_OF, { baseline: unsigned }))).toEqual([
      'baseline-signature-missing',
    ]);
    const signed = signBaseline(baseline.baseline, pem('private'));
    const foreign = { ...unsigned, baseline: signed };
    expect(codes(await judge(file, DAMAGED_AS_OF, { baseline: foreign }))).toEqual([
      'baseline-signature-invalid',
    ]);
  });

  test('of another cluster is recognised as another history', async () => {
    const baseline = await baselineFrom('p03-apiserver-only-3.6.db');
    const judged = await judge('p05-workload-3.6.db', DAMAGED_AS_OF, { baseline });
    expect(codes(judged)).toContain('baseline-diverged');
  });
});
