import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { endWith } from '../../../harness/cli/exit.ts';
import { DrillError, type ErrorKind } from '../../../harness/support/errors.ts';

function ending(thrown: unknown): { exitCode: number; text: string } {
  let text = '';
  const exitCode = endWith(thrown, (more) => {
    text += more;
  });
  return { exitCode, text };
}

describe('what ends a command', () => {
  it.each<[ErrorKind, number]>([
    ['usage', 2],
    ['environment', 3],
    ['drill', 1],
    ['interrupted', 130],
  ])('of kind %s leads to exit %i', (kind, exitCode) => {
    const error = new DrillError({
      kind,
      attempted: 'start etcd on etcd-2',
      happened: 'exit 1',
      output: 'panic: no space',
      hint: 'df -h',
    });
    expect(ending(error)).toEqual({
      exitCode,
      text: 'could not start etcd on etcd-2: exit 1\n  | panic: no space\nnext: df -h\n',
    });
  });

  it('is a bug of kubedrill when nobody foresaw it, and asks for a report', () => {
    const { exitCode, text } = ending(new TypeError('x is undefined'));
    expect(exitCode).toBe(5);
    expect(text).toContain('TypeError: x is undefined\n    at ');
    expect(text).toContain('please report');
    expect(ending('a string').exitCode).toBe(5);
  });

  it('is said once when commander has said it already', () => {
    expect(ending(new CommanderError(1, 'commander.unknownOption', 'error: …'))).toEqual({
      exitCode: 2,
      text: '',
    });
    expect(ending(new CommanderError(0, 'commander.helpDisplayed', '')).exitCode).toBe(0);
  });
});
