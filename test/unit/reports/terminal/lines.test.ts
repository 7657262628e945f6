import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalEvent } from '../../../../harness/model/event.ts';
import { linesReporter } from '../../../../reports/terminal/lines.ts';
import { progressReporter } from '../../../../reports/terminal/terminal.ts';
import { failed } from '../../../golden/journals/failed.ts';
import { stamped } from '../../../golden/journals/stamped.ts';
import { FakeTerminal } from './screen.ts';

beforeEach(() => {
  for (const name of ['FORCE_COLOR', 'NO_COLOR', 'CI']) vi.stubEnv(name, undefined);
  vi.stubEnv('TERM', 'xterm-256color');
});
afterEach(() => vi.unstubAllEnvs());

function linesOf(journal: readonly JournalEvent[], stream = new FakeTerminal({ isTTY: false })) {
  const reporter = linesReporter(stream);
  for (const event of journal) reporter.onEvent?.(event);
  return stream.raw.trimEnd().split('\n');
}

const waiting = (elapsedMs: number, saw: string) =>
  [
    elapsedMs,
    { type: 'waiting', drill: 0, description: 'etcd serves', saw, waitedMs: elapsedMs },
  ] as const;

describe('progress in a pipe', () => {
  it('is one line an event, with its time', () => {
    const lines = linesOf(failed);
    const waits = failed.filter(({ type }) => type === 'waiting').length;
    expect(lines).toHaveLength(failed.length - waits);
    expect(lines[1]).toBe(
      '17:31:06Z drill quorum-loss on process, seed 4711: Two of three etcd members lose their data',
    );
    expect(lines.every((line) => /^\d\d:\d\d:\d\dZ (?: {2})?\S/.test(line))).toBe(true);
  });

  it('names the step that failed, its host and how', () => {
    expect(linesOf(failed).join('\n')).toContain(
      'step 2, "Start etcd", on etcd-2: exit code 3 after 0.6 s',
    );
  });

  it('has no colours and moves no cursor', () => {
    expect(linesOf(failed).join('')).not.toContain('\u001b');
  });

  it('shows a wait about each 30 s and not at each look', () => {
    const looks = Array.from({ length: 90 }, (_, second) => waiting(second * 1000, `${second}`));
    expect(linesOf(stamped(looks)).length).toBe(3);
    const heartbeats = [30_000, 60_000, 90_000].map((ms) => waiting(ms, 'no leader'));
    expect(linesOf(stamped(heartbeats))).toHaveLength(3);
  });

  it('keeps what a command wrote from moving the cursor or adding lines', () => {
    const [line, ...more] = linesOf(
      stamped([
        [0, { type: 'note', drill: 0, level: 'info', message: 'a\u001b[2J\nb\u0007\rc\u202ed' }],
      ]),
    );
    expect(more).toEqual([]);
    expect(line).toBe('17:31:06Z   a b cd');
  });

  it('has colours with FORCE_COLOR', () => {
    vi.stubEnv('FORCE_COLOR', '1');
    expect(linesOf(failed).join('')).toContain('\u001b[31m');
  });
});

describe('the kind of progress', () => {
  const firstWrite = (terminal: FakeTerminal) => {
    const reporter = progressReporter(terminal, {
      nowMs: () => 0,
      monotonicMs: () => 0,
      pause: () => new Promise(() => undefined),
    });
    for (const event of failed.slice(0, 4)) reporter.onEvent?.(event);
    return terminal.raw.includes('\u001b[J') ? 'live' : 'lines';
  };

  it('is live on a terminal', () => {
    expect(firstWrite(new FakeTerminal())).toBe('live');
  });

  it.each([
    ['TERM', 'dumb'],
    ['CI', 'true'],
  ])('is lines with %s=%s', (name, value) => {
    vi.stubEnv(name, value);
    expect(firstWrite(new FakeTerminal())).toBe('lines');
  });

  it('is lines in a pipe, also with FORCE_COLOR', () => {
    vi.stubEnv('FORCE_COLOR', '1');
    expect(firstWrite(new FakeTerminal({ isTTY: false }))).toBe('lines');
  });
});
