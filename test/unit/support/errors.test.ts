import { describe, expect, it } from 'vitest';
import { DrillError, messageOf, usageError } from '../../../harness/support/errors.ts';

describe('an error for a person', () => {
  it('tells what was attempted, what happened, what the program said and what to do next', () => {
    const error = new DrillError({
      kind: 'environment',
      attempted: 'start etcd on etcd-2',
      happened: 'port 2379 is in use',
      output: 'first line\n\nlast line\n\n',
      hint: "ss -ltnp 'sport = :2379'",
    });
    expect(error.explain().split('\n')).toEqual([
      'could not start etcd on etcd-2: port 2379 is in use',
      '  | first line',
      '  | ',
      '  | last line',
      "next: ss -ltnp 'sport = :2379'",
    ]);
  });

  it('says no more than it knows', () => {
    expect(usageError('read the scenario', 'no such file').explain()).toBe(
      'could not read the scenario: no such file',
    );
    const silent = new DrillError({ kind: 'drill', attempted: 'a', happened: 'b', output: ' \n' });
    expect(silent.explain()).toBe('could not a: b');
  });

  it('keeps its cause', () => {
    const cause = new Error('ENOENT');
    const error = new DrillError({ kind: 'usage', attempted: 'a', happened: 'b', cause });
    expect(error.cause).toBe(cause);
    expect(error.message).toBe('a: b');
  });

  it.each([
    [new Error('broken'), 'broken'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
  ])('whatever was thrown has a message: %j', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
