import { describe, expect, test } from 'vitest';
import { parseRunbook } from '../../../harness/runbook/parse.ts';
import { describeProblem } from '../../../harness/runbook/problem.ts';

const FRONT = '---\nrunbook: test\nsummary: A test.\n---\n';

function parse(text: string) {
  const { runbook, problems } = parseRunbook('test', 't.md', text);
  return { runbook, problems: problems.map((problem) => describeProblem('t.md', problem)) };
}

/** Problems of a body that begins on line 5. */
function problemsOf(body: string, front = FRONT): string[] {
  return parse(front + body).problems;
}

test('steps are the headings that have blocks; other blocks are prose', () => {
  const { runbook, problems } = parse(
    [
      `${FRONT}# A procedure`,
      '```sh\nprose\n```',
      '## 1. Stop *everything*',
      '```sh on=members parallel timeout=90s id=stop\nsystemctl stop etcd\n```',
      '- in a list:',
      '  ```sh on="lost" expect="all \\"done\\"" output=SAID added optional\n  echo a\n\n  echo b\n  ```',
      '## 3. Look',
      '~~~sh on=etcd-2\ntrue\n~~~',
    ].join('\n\n'),
  );
  expect(problems).toEqual([]);
  expect(runbook?.steps.map(({ number, title, line }) => ({ number, title, line }))).toEqual([
    { number: 1, title: 'Stop everything', line: 11 },
    { number: 2, title: '3. Look', line: 25 },
  ]);
  const plain = { parallel: false, optional: false, added: false, id: undefined };
  const silent = { expect: undefined, output: undefined };
  expect(runbook?.steps.flatMap((step) => step.blocks)).toEqual([
    {
      ...plain,
      ...silent,
      line: 13,
      on: 'members',
      script: 'systemctl stop etcd',
      parallel: true,
      timeoutMs: 90_000,
      id: 'stop',
    },
    {
      ...plain,
      line: 19,
      on: 'lost',
      script: 'echo a\n\necho b',
      timeoutMs: 120_000,
      expect: 'all "done"',
      output: 'SAID',
      added: true,
      optional: true,
    },
    { ...plain, ...silent, line: 27, on: 'etcd-2', script: 'true', timeoutMs: 120_000 },
  ]);
  expect(runbook?.frontMatter).toMatchObject({ platform: 'systemd', shell: 'bash -euo pipefail' });
  expect(runbook?.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('Windows line ends change neither scripts nor positions', () => {
  const text = `${FRONT}# A\n\n\`\`\`sh on=members\ntrue\necho $NONE\n\`\`\`\n`;
  expect(parse(text.replaceAll('\n', '\r\n')).problems).toEqual(parse(text).problems);
  expect(parse(text).problems).toEqual(['t.md:9:6: $NONE is defined nowhere']);
});

describe('the front matter', () => {
  const body = '# A\n\n```sh on=members\ntrue\n```\n';
  test.each([
    [
      '# no front matter\n',
      't.md:1:1: a runbook begins with a front matter between two lines of ---',
    ],
    [
      '---\nrunbook: a\n',
      't.md:1:1: a runbook begins with a front matter between two lines of ---',
    ],
    [
      '---\nrunbook: test\nsummry: x\nsummary: x\n---\n',
      't.md:3:1: unknown key "summry" in front matter; did you mean "summary"?',
    ],
    [
      '---\nrunbook: test\nsummary: x\nneeds:\n  etdc: "3.6"\n---\n',
      't.md:5:3: unknown key "etdc" in needs; did you mean "etcd"?',
    ],
    [
      '---\nrunbook: test\nsummary: x\nneeds: {etcd: 3.10}\n---\n',
      "t.md:4:9: needs.etcd: a version in quotes, such as '3.6'",
    ],
    [
      '---\nrunbook: Test it\nsummary: x\n---\n',
      't.md:2:1: runbook: lower-case words joined by hyphens',
    ],
    ['---\nrunbook: a\nrunbook: b\nsummary: x\n---\n', 't.md:3:1: Map keys must be unique'],
    [
      '---\nrunbook: test\nsummary: x\nshell: zsh\n---\n',
      't.md:4:1: shell: bash or sh with its options',
    ],
    [
      '---\nrunbook: test\nsummary: x\nenv:\n  ENDPOINT: ETCDCTL_ENDPOINT\n---\n',
      't.md:5:3: env.ENDPOINT: unknown variable "ETCDCTL_ENDPOINT"; did you mean "ETCDCTL_ENDPOINTS"?',
    ],
    [
      '---\nrunbook: test\nsummary: x\nsubstitutions:\n- {from: nothing, to: x, why: y}\n---\n',
      't.md:5:4: no block contains "nothing", so this substitution does nothing',
    ],
    [
      '---\nrunbook: test\nsummary: x\nsubstitutions:\n- {from: a, too: x, why: y}\n---\n',
      't.md:5:13: unknown key "too" in substitutions.0; did you mean "to"?',
    ],
  ])('%j', (front, problem) => {
    const { runbook, problems } = parse(front + body);
    expect(runbook).toBeUndefined();
    expect(problems).toContain(problem);
  });
});

describe('a fence', () => {
  test.each([
    [
      '# A\n```sh on=members paralell\ntrue\n```',
      't.md:6:18: unknown attribute "paralell"; did you mean "parallel"?',
    ],
    [
      '# A\n```sh on=member\ntrue\n```',
      't.md:6:10: unknown role "member"; did you mean "members"?',
    ],
    ['# A\n```sh on=Etcd_1\ntrue\n```', 't.md:6:10: unknown role "Etcd_1"'],
    [
      '# A\n```sh on=members timeout=60\ntrue\n```',
      't.md:6:18: timeout=60 is no duration; write 500ms, 60s, 5m or 1h',
    ],
    [
      '# A\n```sh on=members timeout=0s\ntrue\n```',
      't.md:6:18: timeout=0s is no duration; write 500ms, 60s, 5m or 1h',
    ],
    [
      '# A\n```sh on=lost output=my-name\ntrue\n```',
      't.md:6:15: output=my-name is not a name that a shell takes for a variable',
    ],
    [
      '# A\n```sh on=lost output=A parallel\ntrue\n```',
      't.md:6:15: output= with parallel: it would be anybody’s guess whose output is kept',
    ],
    ['# A\n```sh on=lost on=members\ntrue\n```', 't.md:6:15: attribute "on" is given twice'],
    [
      '# A\n```sh on=lost expect=\ntrue\n```',
      't.md:6:15: attribute "expect" needs a value: expect=…',
    ],
    [
      '# A\n```sh on=lost expect="a b\ntrue\n```',
      't.md:6:15: attribute "expect": its quote is not closed',
    ],
    [
      '# A\n```sh on=lost parallel=yes\ntrue\n```',
      't.md:6:15: attribute "parallel" takes no value',
    ],
    [
      '# A\n```sh timeout=5s\ntrue\n```',
      't.md:6:7: the block has attributes but no on=, so nobody would run it',
    ],
    [
      '# A\n```bash on=members\ntrue\n```',
      't.md:6:1: a block with on= begins with ```sh, not ```bash',
    ],
    [
      '# A\n```sh on=members id=a\ntrue\n```\n```sh on=members id=a\ntrue\n```',
      't.md:9:18: id=a is already that of the block at line 6',
    ],
    ['# A\n```sh on=members\n```', 't.md:6:1: the block is empty'],
    [
      '# A\n````sh on=members\ntrue\n```\n',
      't.md:6:1: this block is never closed: put ```` on a line of its own',
    ],
    [
      '# A\n```sh on=members\ntrue',
      't.md:6:1: this block is never closed: put ``` on a line of its own',
    ],
    [
      '```sh on=members\ntrue\n```',
      't.md:5:1: the block has no heading above it that says what it does',
    ],
    ['# A\n```sh\ntrue\n```', 't.md:1:1: no block says on=, so there is nothing to run'],
  ])('%j', (body, problem) => {
    const { runbook, problems } = parse(FRONT + body);
    expect(runbook).toBeUndefined();
    expect(problems).toEqual([problem]);
  });

  test('a host that is no role is only a warning where its name looks like no host', () => {
    expect(problemsOf('# A\n```sh on=etcd-2\ntrue\n```')).toEqual([]);
    const { runbook, problems } = parse(`${FRONT}# A\n\`\`\`sh on=backupserver\ntrue\n\`\`\``);
    expect(problems[0]).toMatch(/^t.md:6:10: warning: "backupserver" is no role;/);
    expect(runbook).toBeDefined();
  });

  test('other attributes of other renderers are prose', () => {
    expect(problemsOf('# A\n```sh title="x"\nx\n```\n```sh on=members\ntrue\n```')).toEqual([]);
  });
});

test('every mistake is reported, in the order of the document', () => {
  const problems = problemsOf(
    '# A\n```sh on=member\ntrue\n```\n```sh on=members exspect=x\necho $X $Y $X\n```',
    '---\nrunbook: test\nsummary: x\nplatfrom: systemd\nplatform: systemd\n---\n',
  );
  expect(problems.map((line) => line.split(':').slice(1, 3).join(':'))).toEqual(['4:1', '11:18']);
  const readable = problemsOf(
    '# A\n```sh on=member\ntrue\n```\n```sh on=members\necho $X $Y $X\n```',
  );
  expect(readable.map((line) => line.split(':').slice(1, 3).join(':'))).toEqual([
    '6:10',
    '10:6',
    '10:9',
  ]);
});

describe('substitutions', () => {
  const front = (substitutions: string) =>
    `---\nrunbook: test\nsummary: x\nsubstitutions:\n${substitutions}---\n`;
  test('change the blocks of the guide in their order, not those that were added', () => {
    const { runbook, problems } = parse(
      `${front("- {from: 'http://', to: 'https://', why: TLS}\n- {from: https://a, to: $&, why: x}\n")}` +
        '# A\n```sh on=members\ncurl http://a http://b\n```\n```sh on=members added\ncurl http://a\n```',
    );
    expect(problems).toEqual([]);
    expect(runbook?.steps[0]?.blocks.map((block) => block.script)).toEqual([
      'curl $& https://b',
      'curl http://a',
    ]);
  });
});
