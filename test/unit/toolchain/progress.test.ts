import { expect, test } from 'vitest';
import type { Clock } from '../../../harness/support/clock.ts';
import { progressPrinter, reportStep } from '../../../harness/toolchain/progress.ts';

/** Time that passes only in pauses, and stops the step after `beats` of them. */
function clockOf(beats: number, end: () => void): Clock {
  let nowMs = 0;
  let left = beats;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    pause: async (delayMs) => {
      if (left === 0) return end();
      left -= 1;
      nowMs += delayMs;
    },
  };
}

async function show(seconds: number, isTTY: boolean): Promise<string> {
  let written = '';
  const stream = { isTTY, columns: 40, write: (text: string) => (written += text) };
  const ended = Promise.withResolvers<void>();
  await reportStep(
    'build lamp 1.2.3',
    {
      clock: clockOf(seconds, ended.resolve),
      onProgress: progressPrinter(stream as unknown as NodeJS.WriteStream),
    },
    async (say) => {
      say('7 packages compiled');
      await ended.promise;
    },
  );
  return written;
}

test('on a pipe a step gives a line at its start, each 30 s, and at its end', async () => {
  expect((await show(75, false)).split('\n')).toEqual([
    '… build lamp 1.2.3: 0 s',
    '… build lamp 1.2.3: 30 s, 7 packages compiled',
    '… build lamp 1.2.3: 60 s, 7 packages compiled',
    '✓ build lamp 1.2.3: 75 s',
    '',
  ]);
});

test('on a terminal one line is written over each second and never wraps', async () => {
  const written = await show(3, true);
  expect(written.split('\n')).toHaveLength(2);
  for (const line of written.split('\r\u001b[2K')) expect(line.length).toBeLessThan(41);
  expect(written).toContain('2 s');
});

test('a step that fails says why', async () => {
  const seen: string[] = [];
  const clock = clockOf(0, () => {});
  const onProgress = (progress: { state: string; detail: string }) =>
    seen.push(`${progress.state} ${progress.detail}`);
  const failing = reportStep('pull', { clock, onProgress }, () =>
    Promise.reject(new Error('no route')),
  );
  await expect(failing).rejects.toThrow('no route');
  expect(seen.at(-1)).toBe('failed no route');
});
