import { describe, expect, it } from 'vitest';
import { lanesOfLabels, scaleFor, ticksOf, tickText } from '../../../../reports/html/axis.ts';
import { fc } from '../../../seeded.ts';

describe('the axis of the timeline', () => {
  it.each([
    [850, ['0 s', '0.1 s', '0.2 s', '0.3 s', '0.4 s', '0.5 s', '0.6 s', '0.7 s', '0.8 s']],
    [25_000, ['0 s', '5 s', '10 s', '15 s', '20 s', '25 s']],
    [95_000, ['0:00', '0:15', '0:30', '0:45', '1:00', '1:15', '1:30']],
  ])('of %i ms has round ticks', (totalMs, texts) => {
    expect(ticksOf(totalMs).map((ms) => tickText(ms, totalMs))).toEqual(texts);
  });

  it('never has more than ten ticks, and one at least', () => {
    fc.assert(
      fc.property(fc.nat(60_000_000), (totalMs) => {
        const ticks = ticksOf(totalMs);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThanOrEqual(10);
      }),
    );
  });

  it('keeps every moment on the picture', () => {
    const { x, width } = scaleFor(1000, ['phase']);
    expect(x(-5)).toBe(x(0));
    expect(x(2000)).toBe(x(1000));
    expect(x(1000)).toBeLessThan(width);
  });

  it('puts no label over another, nor beyond the edges', () => {
    const label = fc.record({ ms: fc.nat(10_000), text: fc.string({ maxLength: 40 }) });
    fc.assert(
      fc.property(fc.array(label, { maxLength: 12 }), (labels) => {
        const scale = scaleFor(10_000, ['steps on cp-1']);
        const placed = lanesOfLabels(labels, scale).map(({ text, lane, textX, anchor }) => {
          const width = scale.textWidth(text);
          const from = anchor === 'start' ? textX : textX - width;
          return { lane, from, to: from + width };
        });
        for (const [index, one] of placed.entries()) {
          expect(one.from).toBeGreaterThanOrEqual(0);
          expect(one.to).toBeLessThanOrEqual(scale.width);
          for (const other of placed.slice(index + 1))
            if (one.lane === other.lane)
              expect(one.to <= other.from || other.to <= one.from).toBe(true);
        }
      }),
    );
  });
});
