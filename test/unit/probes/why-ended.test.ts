import { expect, test } from 'vitest';
import { run } from '../../../harness/exec/run.ts';
import { whyEnded } from '../../../harness/probes/why-ended.ts';

test('a script that cannot run says why in its first line', async () => {
  const script = 'echo "no such program" >&2; echo "more of it" >&2; exit 127';
  const failed = await run('bash', ['-c', script], { timeoutMs: 10_000 });
  expect(whyEnded(failed)).toMatch(/^exit 127 after .* s: no such program$/);
});

test('one that says nothing is told by its exit code', async () => {
  const failed = await run('bash', ['-c', 'exit 2'], { timeoutMs: 10_000 });
  expect(whyEnded(failed)).toMatch(/^exit 2 after [\d.]+ s$/);
});
