import { describe, expect, it } from 'vitest';
import { ItemSplitter } from '../../../harness/kube/item-splitter.ts';
import { fc } from '../../seeded.ts';

/** Splits a text that arrives in pieces of the given lengths, over and over. */
function split(text: string, lengths: readonly number[]): { items: unknown[]; rest: unknown } {
  const items: unknown[] = [];
  const splitter = new ItemSplitter((json) => items.push(JSON.parse(json)));
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    splitter.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { items, rest: JSON.parse(splitter.rest()) };
}

const anyItem = fc.record({ metadata: fc.record({ name: fc.string() }), data: fc.jsonValue() });
const anyLengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe('the splitter of lists', () => {
  it('finds the same items however they arrive, with metadata before them', () => {
    fc.assert(
      fc.property(fc.array(anyItem), anyLengths, (items, lengths) => {
        const head = { kind: 'ConfigMapList', metadata: { resourceVersion: '7' } };
        expect(split(JSON.stringify({ ...head, items }), lengths)).toEqual({
          items: JSON.parse(JSON.stringify(items)),
          rest: { ...head, items: [] },
        });
      }),
    );
  });

  it('finds them with metadata after them, as custom resources come', () => {
    fc.assert(
      fc.property(fc.array(anyItem), anyLengths, (items, lengths) => {
        const tail = { kind: 'RehearsalList', metadata: { continue: '', resourceVersion: '7' } };
        const text = JSON.stringify({ apiVersion: 'kubedrill.dev/v1', items, ...tail });
        expect(split(text, lengths)).toEqual({
          items: JSON.parse(JSON.stringify(items)),
          rest: { apiVersion: 'kubedrill.dev/v1', items: [], ...tail },
        });
      }),
    );
  });

  it('is not misled by brackets, quotes and "items": inside strings', () => {
    const name = 'a"items":[{"\\]}\\\\';
    const list = { metadata: { remark: '"items":[', resourceVersion: '1' }, items: [{ name }] };
    expect(split(JSON.stringify(list), [1]).items).toEqual([{ name }]);
  });

  it('leaves a list of null alone', () => {
    expect(split('{"metadata":{"resourceVersion":"1"},"items":null}\n', [7])).toEqual({
      items: [],
      rest: { metadata: { resourceVersion: '1' }, items: null },
    });
  });
});
