import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../../../harness/exec/processes.ts';
import {
  describeEnding,
  lastLines,
  OUTPUT_BYTES_MAX,
  run,
  runOrThrow,
} from '../../../harness/exec/run.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';

const bash = (script: string, options: Partial<Parameters<typeof run>[2]> = {}) =>
  run('bash', ['-c', script], { timeoutMs: 20_000, ...options });

describe('a program that runs to its end', () => {
  it('gives its exit code and both streams, last end of line included', async () => {
    const finished = await bash('echo out; echo err >&2; exit 7');
    expect(finished).toMatchObject({
      exitCode: 7,
      problem: undefined,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(describeEnding(finished)).toMatch(/^exit 7 after \d+\.\d s$/);
  });

  it('gets its input, or an empty one', async () => {
    expect((await bash('cat', { input: 'a snapshot' })).stdout).toBe('a snapshot');
    expect((await bash('cat')).stdout).toBe('');
  });

  it('sees our environment and what is added, or only what is given', async () => {
    const script = 'echo "$HOME,$ETCD_NAME"';
    const env = { ETCD_NAME: 'etcd-1' };
    expect((await bash(script, { env })).stdout).toBe(`${process.env.HOME},etcd-1\n`);
    const bare = { PATH: process.env.PATH, ...env };
    expect((await bash(script, { env: bare, bareEnvironment: true })).stdout).toBe(',etcd-1\n');
  });

  it('tells each line of standard error while it runs, and keeps them all', async () => {
    const lines: string[] = [];
    const finished = await bash('echo one >&2; echo two >&2; printf three >&2', {
      onErrorLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['one', 'two', 'three']);
    expect(finished.stderr).toBe('one\ntwo\nthree');
  });

  it('is shown as a command that can be pasted', async () => {
    const finished = await run('echo', ["it's", 'two words', '$HOME'], { timeoutMs: 5000 });
    const again = await bash(finished.command);
    expect(again.stdout).toBe(finished.stdout);
  });
});

describe('a program that does not come to its end', () => {
  it('is not there', async () => {
    const finished = await run('kubedrill-no-such-program', [], { timeoutMs: 5000 });
    expect(finished).toMatchObject({ exitCode: null, problem: 'no such program' });
  });

  it('may not be executed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubedrill-run-'));
    try {
      await writeFile(join(folder, 'etcd'), '#!/bin/sh\n', { mode: 0o644 });
      const finished = await run(join(folder, 'etcd'), [], { timeoutMs: 5000 });
      expect(finished).toMatchObject({ exitCode: null, problem: 'not executable' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('was killed: the signal is named', async () => {
    expect(await bash('kill -KILL $$')).toMatchObject({
      exitCode: null,
      problem: 'killed by SIGKILL',
    });
  });

  it('takes too long: it is ended, and what it said is kept', async () => {
    const finished = await bash('echo begun; exec sleep 60', { timeoutMs: 2000 });
    expect(finished).toMatchObject({
      exitCode: null,
      problem: 'timed out after 2 s',
      stdout: 'begun\n',
    });
  });

  it('takes too long: what it started is ended with it', async () => {
    const finished = await bash('sleep 60 & echo $!; wait', { timeoutMs: 2000 });
    const grandchild = Number(finished.stdout);
    expect(grandchild).toBeGreaterThan(1);
    await until(
      'the program that it started has ended',
      () => (isAlive(grandchild) ? notYet('it runs') : done(true)),
      { timeoutMs: 20_000 },
    );
  });

  it('is stopped from outside', async () => {
    const stop = new AbortController();
    const running = bash('echo begun >&2; exec sleep 60', {
      signal: stop.signal,
      onErrorLine: () => stop.abort(),
    });
    expect(await running).toMatchObject({ exitCode: null, problem: 'stopped' });
  });

  it('prints without end: it is ended, and no more than the allowed is kept', async () => {
    const finished = await run('yes', [], { timeoutMs: 20_000 });
    expect(finished.problem).toMatch(/^printed more than \d+ bytes$/);
    expect(finished.stdout.length).toBeLessThanOrEqual(OUTPUT_BYTES_MAX);
  });
});

describe('a program that has to succeed', () => {
  it('gives its output', async () => {
    const finished = await runOrThrow('say hello', 'echo', ['hello'], { timeoutMs: 5000 });
    expect(finished.stdout).toBe('hello\n');
  });

  it('tells what was attempted, the command, the end of its output and what to do', async () => {
    const script = 'seq 1 100 >&2; exit 3';
    const failing = runOrThrow('lay the network', 'bash', ['-c', script], {
      timeoutMs: 5000,
      kind: 'environment',
      hint: 'kubedrill doctor',
    });
    await expect(failing).rejects.toMatchObject({
      kind: 'environment',
      attempted: 'lay the network',
      happened: expect.stringMatching(/^exit 3 after .* s: bash -c .*seq 1 100/),
      output: expect.stringMatching(/^89\n[\s\S]*\n100$/),
      hint: 'kubedrill doctor',
    });
  });

  it('shows no secret of its command or its output', async () => {
    const failing = runOrThrow(
      'join',
      'bash',
      ['-c', 'echo "password: $1"; exit 1', '-', 'hunter22', '--token=abcdef.0123456789abcdef'],
      { timeoutMs: 5000 },
    );
    const error = await failing.catch((thrown) => thrown);
    expect(error.explain()).toContain('could not join');
    expect(error.happened).not.toContain('0123456789abcdef');
    expect(error.output).toBe('password: [redacted]');
  });
});

it('the last lines of a text end with one that says something', () => {
  expect(lastLines('a\nb\nc\n\n', 2)).toBe('b\nc');
  expect(lastLines('', 2)).toBe('');
});
