import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../harness/exec/run.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { entry, kubedrill } from './kubedrill.ts';

describe('kubedrill', () => {
  it('without arguments says in a few lines how to begin, and is no success', async () => {
    const { exitCode, stdout, stderr } = await kubedrill([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(5);
    expect(stderr).toContain('Example: kubedrill run quorum-loss');
  });

  it('explains itself with examples first, every command, and the exit codes last', async () => {
    const { exitCode, stdout } = await kubedrill(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Examples:\n {2}kubedrill run quorum-loss/);
    for (const command of ['run', 'list', 'doctor', 'runbook', 'toolchain', 'schema', 'completion'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout.slice(stdout.indexOf('Exit codes:'))).toMatch(
      /^ {2}3 {4}something of the machine/m,
    );
  });

  it('explains one command the same way whichever way it is asked', async () => {
    const [option, command] = await Promise.all([
      kubedrill(['run', '--help']),
      kubedrill(['help', 'run']),
    ]);
    expect(option.stdout).toBe(command.stdout);
    expect(option.stdout).toContain('--pause-after <phase>');
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
    expect(await kubedrill(['--version'])).toEqual({
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  it.each([
    { args: ['rnu'], says: 'Did you mean run?' },
    { args: ['run', 'quorum-loss', '--dryrun'], says: 'Did you mean --dry-run?' },
    { args: ['runbook', 'chek', 'x.md'], says: 'Did you mean check?' },
    { args: ['run'], says: "missing required argument 'scenario'" },
    { args: ['run', 'quorum-loss', '--target', 'kinds'], says: 'Allowed choices are process' },
    { args: ['run', 'quorum-loss', '--repeat', '0'], says: 'A whole number from 1' },
    { args: ['run', 'quorum-loss', '--sa-key', 'sa.pub'], says: "'--sa-key' says how to read" },
    { args: ['list', 'quorum-los'], says: 'did you mean "quorum-loss"?' },
  ])('refuses $args with exit 2 and what to do next', async ({ args, says }) => {
    const { exitCode, stdout, stderr } = await kubedrill(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/^next: kubedrill/m);
  });

  it('is not disturbed by a reader that has seen enough', async () => {
    const line = `"${process.execPath}" "${entry}" schema scenario | head -c 1; echo " \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await run('bash', ['-c', line], { timeoutMs: 60_000 });
    expect(stdout).toBe('{ 0\n');
    expect(stderr).toBe('');
  });

  it('says that its result could not be written', async () => {
    const line = `"${process.execPath}" "${entry}" schema scenario > /dev/full`;
    const { exitCode, stderr } = await run('bash', ['-c', line], { timeoutMs: 60_000 });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^could not write the result to standard output: ENOSPC/);
  });

  it('calls an error that nobody caught its own, never a failed drill', async () => {
    const plant = `
      process.stdout.write = () => {
        setImmediate(() => { throw new Error('planted'); });
        return true;
      };`;
    const { exitCode, stderr } = await kubedrill(['schema', 'scenario'], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(plant)}`,
    });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('Error: planted');
  });
});
