import { describe, expect, it } from 'vitest';
import { displayWidth, duration, plain, size, truncate, wrap } from '../../../reports/text.ts';
import { fc } from '../../seeded.ts';
import { anyCharacters } from './any-characters.ts';

const anyText = fc.string({ unit: 'grapheme' });

describe('text on a terminal', () => {
  it('is as wide as its characters, of which some take two columns and some none', () => {
    expect(displayWidth('etcd-1')).toBe(6);
    expect(displayWidth('名前')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('\u001b[31mred\u001b[0m')).toBe(3);
  });

  it('is never wider than what it is truncated to', () => {
    fc.assert(
      fc.property(anyText, fc.nat(30), (text, width) => {
        expect(displayWidth(truncate(plain(text), width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('loses nothing but blanks when it is wrapped, and fits', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 10, max: 40 }), (raw, width) => {
        const text = plain(raw);
        const lines = wrap(text, width);
        expect(lines.join('').replace(/[ \n]/g, '')).toBe(text.replace(/[ \n]/g, ''));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('holds no control character but the end of a line', () => {
    fc.assert(
      fc.property(anyCharacters, (text) => {
        expect(plain(text)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });

  it('breaks between words', () => {
    expect(wrap('the quorum is lost', 11)).toEqual(['the quorum', 'is lost']);
  });
});

describe('figures', () => {
  it.each([
    [0, '0 ms'],
    [99.4, '99 ms'],
    [99.6, '0.1 s'],
    [449, '0.4 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 00 s'],
    [125_000, '2 min 05 s'],
  ])('%i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1_245_184, '1.2 MiB'],
    [8 * 1024 ** 3, '8.0 GiB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });
});
