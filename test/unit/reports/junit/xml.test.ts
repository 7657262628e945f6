import { describe, expect, it } from 'vitest';
import { countElements, xmlText } from '../../../../reports/junit/xml.ts';
import { fc } from '../../../seeded.ts';
import { anyCharacters } from '../any-characters.ts';

describe('reading XML back', () => {
  it('counts elements', () => {
    const document =
      '<?xml version="1.0"?>\n<a x="1 &amp; 2"><b/><b>&lt;c><![CDATA[<c> & ]]></b></a>';
    expect(Object.fromEntries(countElements(document))).toEqual({ a: 1, b: 2 });
  });

  it.each([
    '<a>',
    '<a></b>',
    '<a x="<"></a>',
    '<a x=1/>',
    '<a>&</a>',
    '<a x="&no;"/>',
    '<a><![CDATA[</a>',
    '</a>',
    '<a',
  ])('refuses %s', (document) => {
    expect(() => countElements(document)).toThrow();
  });
});

describe('text for XML', () => {
  it('holds nothing that XML cannot hold', () => {
    fc.assert(
      fc.property(anyCharacters, (text) => {
        expect(xmlText(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ud800-\udfff\ufffe\uffff]/);
      }),
    );
  });

  it('keeps ordinary text as it is', () => {
    expect(xmlText('Größe: 3 µs → ✔\nnext')).toBe('Größe: 3 µs → ✔\nnext');
  });
});
