import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JournalEvent } from '../../../../harness/model/event.ts';
import type { Clock } from '../../../../harness/support/clock.ts';
import { foldRecord } from '../../../../reports/record.ts';
import { liveReporter } from '../../../../reports/terminal/live.ts';
import { failed } from '../../../golden/journals/failed.ts';
import { passed } from '../../../golden/journals/passed.ts';
import { FakeTerminal } from './screen.ts';

afterEach(() => vi.unstubAllEnvs());

/** Plays a journal at its own pace; nothing ticks between two events. */
function play(journal: readonly JournalEvent[], terminal: FakeTerminal) {
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    pause: (_delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const reporter = liveReporter(terminal, clock);
  for (const event of journal) {
    nowMs = event.elapsedMs;
    reporter.onEvent?.(event);
  }
  return { end: async () => await reporter.onEnd?.(foldRecord(journal)) };
}

/** The journal up to and with the first event that `matches`. */
function until(journal: readonly JournalEvent[], matches: (event: JournalEvent) => boolean) {
  return journal.slice(0, journal.findIndex(matches) + 1);
}

describe('live progress', () => {
  it('shows the phases with their times, and what is waited for below the current one', () => {
    const terminal = new FakeTerminal();
    play(
      until(passed, ({ type }) => type === 'waiting'),
      terminal,
    );
    expect(terminal.screen).toEqual([
      'quorum-loss on process, seed 4711  5.2 s',
      '  ✔ preflight              0.1 s',
      '  ✔ provision              3.2 s',
      '  ✔ populate               0.8 s',
      '  ✔ baseline               0.3 s  3 checks: 3 passed',
      '  ✔ backup                 0.3 s  trusted: 1.2 MiB, revision 412, 361 keys',
      '  ✔ write-after-backup     0.2 s',
      '  ✔ inject                 0.1 s  fault wipe on etcd-2, etcd-3',
      '  ⠹ impact                 0.2 s',
      '      until the quorum is lost: etcd-1 still answers as leader',
      '  · then recover, settle, verify, evidence, teardown',
    ]);
  });

  it('keeps a note of how to reach the paused cluster above the phases, its lines whole', () => {
    const terminal = new FakeTerminal();
    const started = until(passed, ({ type }) => type === 'phase-started');
    const last = started[started.length - 1];
    const command = `touch /srv/${'long/'.repeat(30)}continue`;
    const message = `paused after impact\n${command}`;
    const note = { ...last, type: 'note', drill: 0, level: 'info', message } as JournalEvent;
    play([...started, note], terminal);
    expect(terminal.screen.slice(0, 2)).toEqual(['· paused after impact', `  ${command}`]);
  });

  it('shows the step that runs on each host', () => {
    const terminal = new FakeTerminal();
    play(
      until(passed, (event) => event.type === 'step-started' && event.host === 'etcd-3'),
      terminal,
    );
    expect(terminal.screen.join('\n')).toContain(
      '      step 2 on etcd-3: Restore the same snapshot on each member (0 ms)',
    );
  });

  it('is drawn again while nothing happens, so that the time goes on', async () => {
    const terminal = new FakeTerminal();
    let nowMs = 0;
    let ticks = 0;
    const { promise: ticked, resolve: hasTicked } = Promise.withResolvers<void>();
    const reporter = liveReporter(terminal, {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      pause: async (delayMs, signal) => {
        nowMs += delayMs;
        ticks += 1;
        if (ticks <= 30) return;
        hasTicked();
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      },
    });
    for (const event of passed.slice(0, 3)) reporter.onEvent?.(event);
    await ticked;
    expect(terminal.screen[1]).toMatch(/preflight +2\.9 s$/);
    await reporter.onEnd?.(foldRecord(passed));
    expect(terminal.screen).toEqual([]);
  });

  it('is gone at the end', async () => {
    const terminal = new FakeTerminal();
    await play(passed, terminal).end();
    expect(terminal.screen).toEqual([]);
  });

  it('leaves what a person must not miss', async () => {
    const terminal = new FakeTerminal();
    await play(failed, terminal).end();
    expect(terminal.screen).toEqual(['! left behind: process etcd on etcd-3: not done after 15 s']);
  });

  it('leaves the result of a drill when another begins', async () => {
    const terminal = new FakeTerminal();
    const again = passed.map((event) => ('drill' in event ? { ...event, drill: 1 } : event));
    await play([...failed.slice(0, -1), ...again.slice(1)], terminal).end();
    expect(terminal.screen[1]).toMatch(/^✖ quorum-loss on process failed after 1 min 08 s: step 2/);
    expect(terminal.screen).toHaveLength(2);
  });

  it.each([20, 33, 40, 79])('never fills the last of %i columns', async (columns) => {
    const terminal = new FakeTerminal({ columns });
    await play(failed, terminal).end();
    expect(terminal.widest).toBeLessThan(columns);
  });

  it('shows the newest lines where there is no room for all', () => {
    const terminal = new FakeTerminal({ rows: 5 });
    play(
      until(passed, ({ type }) => type === 'waiting'),
      terminal,
    );
    expect(terminal.screen).toHaveLength(4);
    expect(terminal.screen.at(-1)).toContain('then recover');
  });

  it('has no colours with NO_COLOR', async () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', '1');
    const terminal = new FakeTerminal({ colours: 1 });
    await play(failed, terminal).end();
    expect(terminal.raw).not.toMatch(/\u001b\[\d*m/);
  });
});
