import { beforeAll, describe, expect, it } from 'vitest';
import { completionScript } from '../../../harness/cli/commands/completion.ts';
import { run } from '../../../harness/exec/run.ts';
import { kubedrill } from './kubedrill.ts';

let script: string;

beforeAll(async () => {
  script = await completionScript('bash');
});

/** What bash would offer for a command line whose last word is still being written. */
async function offered(...words: string[]): Promise<string[]> {
  const line = words.map((word) => `'${word}'`).join(' ');
  const { stdout } = await run(
    'bash',
    [
      '-c',
      `${script}\nCOMP_WORDS=(kubedrill ${line}) COMP_CWORD=${words.length}; _kubedrill; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { timeoutMs: 30_000 },
  );
  return stdout.trim().split('\n');
}

describe('completion', () => {
  it('offers commands, scenarios, options and the values of options in bash', async () => {
    expect(await offered('ru')).toEqual(['run', 'runbook']);
    expect(await offered('run', 'quo')).toEqual(['quorum-loss']);
    expect(await offered('run', 'quorum-loss', '--pa')).toEqual(['--pause-after']);
    expect(await offered('run', '--target', '')).toEqual(['process', 'container', 'kind']);
    expect(await offered('toolchain', 'in')).toEqual(['install']);
    expect(await offered('run', '--runbook', 'recover-wi')).toEqual(['recover-wiped-data-dir']);
  });

  it('knows the same in zsh and fish', async () => {
    for (const shell of ['zsh', 'fish'] as const) {
      const text = await completionScript(shell);
      for (const word of ['quorum-loss', 'pause-after', 'doctor']) expect(text).toContain(word);
      expect(text).not.toContain('play');
    }
  });

  it('is printed for a shell to read', async () => {
    expect(await kubedrill(['completion', 'bash'])).toEqual({
      exitCode: 0,
      stdout: script,
      stderr: '',
    });
  });

  it('refuses a shell that it does not know', async () => {
    expect(await kubedrill(['completion', 'tcsh'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
