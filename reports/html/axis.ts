const WIDTH = 1000;
/** The most that the names of the lanes may take. */
const LEFT_MAX = 320;
const RIGHT = 12;
const TICKS_MAX = 9;
const STEPS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000];
const LONG_STEPS_MS = [120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000];
/** Of the fonts in which the picture is set, on average. */
const LETTER_WIDTH = 6.4;
const GAP = 8;

/** Where on the picture a moment is. */
export interface Scale {
  width: number;
  /** How many letters the name of a lane may have. */
  lettersLeft: number;
  /** Rounded: a tenth of a pixel is enough. */
  x(ms: number): number;
  textWidth(text: string): number;
}

/**
 * @param totalMs what the width stands for.
 * @param lanes names that stand to the left of it.
 */
export function scaleFor(totalMs: number, lanes: readonly string[]): Scale {
  const widest = Math.max(...lanes.map(({ length }) => length), 0) * LETTER_WIDTH;
  const left = Math.min(widest + GAP, LEFT_MAX);
  const pixels = (WIDTH - left - RIGHT) / Math.max(totalMs, 1);
  return {
    width: WIDTH,
    lettersLeft: Math.floor(LEFT_MAX / LETTER_WIDTH),
    x: (ms) => Math.round((left + Math.min(Math.max(ms, 0), totalMs) * pixels) * 10) / 10,
    textWidth: (text) => text.length * LETTER_WIDTH,
  };
}

/** Round moments, few enough to be read. */
export function ticksOf(totalMs: number): number[] {
  const stepMs = [...STEPS_MS, ...LONG_STEPS_MS].find((step) => totalMs / step <= TICKS_MAX);
  if (stepMs === undefined) return [0, totalMs];
  const many = Math.floor(totalMs / stepMs);
  return Array.from({ length: many + 1 }, (_, index) => index * stepMs);
}

/** `0.5 s`, `20 s`, `1:30` from a minute on. */
export function tickText(ms: number, totalMs: number): string {
  if (totalMs < 60_000) return `${ms / 1000} s`;
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A moment with its name, which stands to the right of it, or to the left where that has no room. */
export interface PlacedLabel {
  text: string;
  lane: number;
  x: number;
  textX: number;
  anchor: 'start' | 'end';
}

/** @param labels in the order of time. */
export function lanesOfLabels(
  labels: readonly { ms: number; text: string }[],
  scale: Scale,
): PlacedLabel[] {
  const placed: (PlacedLabel & { from: number; to: number })[] = [];
  for (const { ms, text } of labels) {
    const x = scale.x(ms);
    const width = scale.textWidth(text) + GAP;
    const fits = x + width <= scale.width;
    const [from, to] = fits ? [x - GAP, x + width] : [x - width, x + GAP];
    const taken = placed.filter((other) => other.from < to && from < other.to);
    let lane = 0;
    while (taken.some((other) => other.lane === lane)) lane += 1;
    const textX = fits ? x + GAP : x - GAP;
    placed.push({ text, lane, x, textX, anchor: fits ? 'start' : 'end', from, to });
  }
  return placed;
}
