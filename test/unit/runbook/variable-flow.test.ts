import { describe, expect, test } from 'vitest';
import { parseRunbook } from '../../../harness/runbook/parse.ts';
import { variablesOf } from '../../../harness/runbook/shell-variables.ts';

function problemsOf(blocks: [on: string, script: string][], front = ''): string[] {
  const body = blocks.map(([on, script]) => `\`\`\`sh on=${on}\n${script}\n\`\`\``).join('\n');
  const { problems } = parseRunbook(
    't',
    't.md',
    `---\nrunbook: t\nsummary: x\n${front}---\n# A\n${body}`,
  );
  return problems.map(({ severity, message }) => `${severity}: ${message}`);
}

test('our variables, inputs, env and what the shell has are known', () => {
  expect(
    problemsOf(
      [['members', 'echo $SNAPSHOT ${BUCKET} "$THEIRS" $HOME $? $1 $@ $$ ${#PATH}']],
      'inputs: {BUCKET: where}\nenv: {THEIRS: HOST_IP}\n',
    ),
  ).toEqual([]);
});

test('a mistyped variable is an error that names the likeliest one', () => {
  expect(problemsOf([['members', 'ls "$SNAPHOT"']])).toEqual([
    'error: $SNAPHOT is defined nowhere; did you mean "SNAPSHOT"?',
  ]);
});

test('a shell that lets unset variables pass makes it a warning', () => {
  expect(problemsOf([['members', 'ls $ETCD_ENDPOINTS']], 'shell: sh\n')).toEqual([
    'warning: $ETCD_ENDPOINTS is defined nowhere; did you mean "ETCDCTL_ENDPOINTS"?',
  ]);
});

test('a file that is sourced before may define anything on that host, but for what looks mistyped', () => {
  expect(
    problemsOf([
      ['members', 'source /etc/x'],
      ['lost', 'echo $ETCD_DATADIR_OF_OURS $SNAPHOT'],
      ['operator', 'echo $THEIRS'],
    ]),
  ).toEqual([
    'warning: $SNAPHOT is defined nowhere; did you mean "SNAPSHOT"?',
    'error: $THEIRS is defined nowhere',
  ]);
});

test('what an earlier block exported is known on the same host only', () => {
  expect(
    problemsOf([
      ['survivors', 'export A=1; B=2'],
      ['members', 'echo $A'],
      ['first-survivor', 'echo $A $B'],
      ['lost', 'echo $A'],
    ]),
  ).toEqual([
    'error: $B is defined nowhere: the block at line 6 sets it without export, so it ends there',
    'error: $A is defined nowhere: line 6 exports it on survivors, not on this host',
  ]);
});

test('an output is known on every later host, not before', () => {
  expect(
    problemsOf([
      ['members', 'echo $ADDED'],
      ['first-member output=ADDED', 'echo x'],
      ['operator', 'echo $ADDED'],
    ]),
  ).toEqual(['error: $ADDED is defined nowhere']);
});

describe('reading a script', () => {
  const names = (script: string) => variablesOf(script).uses.map((use) => use.name);
  test.each([
    ["echo '$a' \"'$b'\" \\$c", ['b']],
    ['echo "$(cat "$a" \'$b\')" $c', ['a', 'c']],
    ['echo x # $a\necho a#$b', ['b']],
    ["cat <<'EOF'\n$a\nEOF\necho $b", ['b']],
    ['cat <<EOF\n$a \\$b ${c}\n  EOF\necho $d', ['a', 'c', 'd']],
    ["cat <<-\\E >x\n$a\n\tE\necho $'\\'$b' $c", ['c']],
    ['echo `echo $a` $((n + $b)) ${c:-$d}', ['a', 'b', 'c', 'd']],
    ['cat <<<"$a"', ['a']],
  ])('%j expands %j', (script, expected) => {
    expect(names(script)).toEqual(expected);
  });

  test.each([
    ['a=1; export b=2 c; for d in x; do :; done', ['a', 'd', 'b', 'c'], ['b', 'c']],
    ['while read -r a b; do :; done <<<x', ['a', 'b'], []],
    ['local a=1 b; declare -i c', ['a', 'b', 'c'], []],
    ['set -a; a=1', ['a'], ['a']],
    ["echo 'a=1' # b=1", [], []],
    ['printf -v a x; : "${b:=1}"', ['a', 'x', 'b'], []],
  ])('%j defines %j and exports %j', (script, assigned, exported) => {
    const found = variablesOf(script);
    expect([...found.assigned].sort()).toEqual([...assigned].sort());
    expect([...found.exported].sort()).toEqual([...exported].sort());
  });

  test.each(['. ./env', 'source env', 'eval "$x"', 'export "$n=1"'])('%j is opaque', (script) => {
    expect(variablesOf(script).opaque).toBe(true);
  });
});
