import { expect, test } from 'vitest';
import { run } from '../../../harness/exec/run.ts';
import { parseRunbook } from '../../../harness/runbook/parse.ts';
import { inSession, quoted } from '../../../harness/runbook/shell-session.ts';
import { variablesOf } from '../../../harness/runbook/shell-variables.ts';
import { fc } from '../../seeded.ts';

const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(
      '---\n',
      '```sh on=members\n',
      '```\n',
      '# A\n',
      'runbook: a\n',
      '${',
      "'",
      '"',
    ),
    fc.constantFrom('<<EOF\n', '$(', '`', '\\', '\n', ')', ' parallel', ' output=', '- ', '> '),
    fc.string(),
  ),
);

test('no document makes the parser throw; every problem lies within it', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join('');
      const { problems } = parseRunbook('any', 'any.md', text);
      for (const { line, column } of problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(text.split('\n').length + 1);
        expect(column).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: 500 },
  );
});

test('no script makes the reader of variables throw or find a use outside of it', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const script = parts.join('');
      for (const { name, offset } of variablesOf(script).uses)
        expect(script.slice(offset)).toMatch(new RegExp(`^\\$\\{?[#!]?${name}`));
    }),
    { numRuns: 500 },
  );
});

test('any text survives being a word of a shell', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary-ascii' }), async (text) => {
      const value = text.replaceAll('\0', '');
      const script = inSession('printf "%s" "$VALUE"', '/nowhere/state', { VALUE: value });
      const { stdout } = await run('dash', ['-c', script], { timeoutMs: 10_000 });
      expect(stdout).toBe(value);
      expect(quoted(value)).not.toBe('');
    }),
    { numRuns: 30 },
  );
});
