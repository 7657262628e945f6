import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  BlockFailed,
  type ExecutionContext,
  executeRunbook,
  type StepEvent,
} from '../../../harness/runbook/execute.ts';
import { parseRunbook } from '../../../harness/runbook/parse.ts';
import { describeProblem } from '../../../harness/runbook/problem.ts';
import { DrillError } from '../../../harness/support/errors.ts';
import type { Host } from '../../../harness/targets/host.ts';
import { localHost } from './local-host.ts';

let folder: string;
let events: StepEvent[];
let hosts: Map<string, Host>;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'runbook-')));
  events = [];
  hosts = new Map();
  for (const name of ['etcd-1', 'etcd-2', 'etcd-10', 'operator']) {
    await mkdir(join(folder, name));
    hosts.set(name, localHost(name, join(folder, name)));
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function context(more: Partial<ExecutionContext> = {}): ExecutionContext {
  return {
    cast: {
      hosts: [...hosts.keys()],
      members: ['etcd-10', 'etcd-2', 'etcd-1'],
      controlPlanes: [],
      workers: [],
      lost: ['etcd-2'],
      operator: 'operator',
    },
    host: (name) => hosts.get(name) ?? localHost(name, folder),
    variables: (host) => ({ HOST_NAME: host, BACKUP_DIR: folder, ETCDCTL_CACERT: '/ca crt' }),
    backupDir: folder,
    onStep: (event) => void events.push(event),
    ...more,
  };
}

function runbook(body: string, frontMatter = '') {
  const text = `---\nrunbook: test\nsummary: A test.\n${frontMatter}---\n\n# The step\n\n${body}\n`;
  const parsed = parseRunbook('test', 'test.md', text);
  if (!parsed.runbook)
    throw new Error(parsed.problems.map((each) => describeProblem('test.md', each)).join('\n'));
  return parsed.runbook;
}

function block(on: string, script: string): string {
  return `\`\`\`sh on=${on}\n${script}\n\`\`\`\n`;
}

function outputs(): string[] {
  return events.flatMap((event) =>
    event.type === 'step-ended' ? [`${event.host}: ${event.output}`] : [],
  );
}

async function failureOf(run: Promise<unknown>): Promise<DrillError> {
  const thrown = await run.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(thrown instanceof DrillError)) throw thrown ?? new Error('it did not fail');
  return thrown;
}

describe.each(['bash -euo pipefail', 'sh', 'sh -eu', 'dash', 'bash'])(
  'a session in %s',
  (shell) => {
    const inShell = (body: string) => runbook(body, `shell: ${shell}\ninputs: {STRANGE: a text}\n`);

    test('goes on with exported variables and the working directory on the same host', async () => {
      await executeRunbook(
        inShell(
          block(
            'first-member',
            "mkdir -p 'a dir'; cd 'a dir'; export NOTE=\"it's \\$5 \\\"x\\\"\nline 2\"",
          ) + block('first-member', 'echo "$NOTE"; pwd'),
        ),
        context({ variables: () => ({ STRANGE: '' }) }),
      );
      expect(outputs()[1]).toBe(`etcd-1: it's $5 "x"\nline 2\n${folder}/etcd-1/a dir`);
    });

    test('does not reach another host, nor keep what was not exported', async () => {
      await executeRunbook(
        inShell(
          block('first-member', 'export NOTE=mine; PLAIN=1; echo "$PLAIN"') +
            block('members', 'echo "${NOTE-none} ${PLAIN-none}"'),
        ),
        context({ variables: () => ({ STRANGE: '' }) }),
      );
      expect(outputs().slice(1)).toEqual([
        'etcd-1: mine none',
        'etcd-2: none none',
        'etcd-10: none none',
      ]);
    });

    test('keeps its state also from a block that fails', async () => {
      const failing = inShell(block('first-member', 'export NOTE=kept; cd /; exit 7'));
      let state = '';
      const spied = context({ variables: () => ({ STRANGE: '' }) });
      spied.onStep = (event) => {
        if (event.type === 'step-ended')
          state = existsSync(join(folder, '.sessions/etcd-1.sh')) ? 'written' : 'lost';
      };
      const failure = await failureOf(executeRunbook(failing, spied));
      expect(failure.happened).toMatch(/^exit 7 /);
      expect(state).toBe('written');
      expect(existsSync(join(folder, '.sessions'))).toBe(false);
    });

    test('keeps its state from a block with a trap of its own, which still runs', async () => {
      await executeRunbook(
        inShell(
          block('first-member', "trap 'echo tidied' EXIT; export NOTE=kept; echo \\") +
            block('first-member', 'echo "$NOTE"'),
        ),
        context({ variables: () => ({ STRANGE: '' }) }),
      );
      expect(outputs().join(' ')).toMatch(/tidied etcd-1: kept$/);
    });

    test('ends a block with the exit code of its last command', async () => {
      const failing = inShell(block('first-member', 'true\n(exit 7)'));
      const run = executeRunbook(failing, context({ variables: () => ({ STRANGE: '' }) }));
      expect((await failureOf(run)).happened).toMatch(/^exit 7 /);
    });

    test('reports the line of the block when the shell complains', async () => {
      const failure = await failureOf(
        executeRunbook(
          inShell(block('first-member', ':\n:\nno-such-command || exit 3')),
          context({ variables: () => ({ STRANGE: '' }) }),
        ),
      );
      expect(failure.output).toMatch(/\b3: no-such-command: (command )?not found/);
    });

    test('gives strange values of outputs to later hosts unharmed', async () => {
      const script = 'printf \'%s\' "$STRANGE"';
      const strange = 'a \'b\' "c" $d `e` \\ \n#f';
      await executeRunbook(
        inShell(
          `\`\`\`sh on=first-member output=ADDED\n${script}\n\`\`\`\n${block('lost', 'echo "$ADDED"')}`,
        ),
        context({ variables: () => ({ STRANGE: strange }) }),
      );
      expect(outputs()[1]).toBe(`etcd-2: ${strange}`);
    });
  },
);

test('hosts run in name order, one after the other', async () => {
  await executeRunbook(runbook(block('members', 'echo "$HOST_NAME"')), context());
  expect(events.map((event) => `${event.type} ${event.host}`)).toEqual([
    'step-started etcd-1',
    'step-ended etcd-1',
    'step-started etcd-2',
    'step-ended etcd-2',
    'step-started etcd-10',
    'step-ended etcd-10',
  ]);
});

test('parallel blocks run on all hosts at the same time', async () => {
  const meet = [
    ': >"$BACKUP_DIR/here-$HOST_NAME"',
    'for try in $(seq 200); do',
    '  [ "$(ls "$BACKUP_DIR" | grep -c here-)" = 3 ] && exit 0',
    '  sleep 0.05',
    'done',
    'echo "alone after $try looks"; exit 1',
  ].join('\n');
  await executeRunbook(runbook(`\`\`\`sh on=members parallel\n${meet}\n\`\`\``), context());
  expect(events.slice(0, 3).map((event) => event.type)).toEqual(Array(3).fill('step-started'));
});

test('the first failing block stops the run and says step, host, exit, output and the command', async () => {
  const book = runbook(
    `${block('members', 'echo fine')}\n## Restore it\n\n${block('members', 'echo "on $HOST_NAME"; [ "$HOST_NAME" != etcd-2 ]')}${block('members', 'touch never')}`,
  );
  const failure = await failureOf(executeRunbook(book, context()));
  expect(failure).toBeInstanceOf(BlockFailed);
  expect(failure).toMatchObject({
    kind: 'drill',
    step: 2,
    title: 'Restore it',
    host: 'etcd-2',
    exitCode: 1,
  });
  expect(failure.attempted).toBe('run step 2, "Restore it", on etcd-2 (test.md:14)');
  expect(failure.happened).toMatch(/^exit 1 after /);
  expect(failure.output).toBe('on etcd-2');
  expect(failure.hint).toBe(
    'run it again on etcd-2:\nexport HOST_NAME=etcd-2\necho "on $HOST_NAME"; [ "$HOST_NAME" != etcd-2 ]',
  );
  expect(events.at(-1)).toMatchObject({ type: 'step-ended', host: 'etcd-2', exitCode: 1 });
  expect(existsSync(join(folder, 'etcd-1/never'))).toBe(false);
});

test('a failing pipe and an unset variable stop a block by default', async () => {
  const pipe = runbook(block('operator', 'false | cat; echo late'));
  expect((await failureOf(executeRunbook(pipe, context()))).happened).toMatch(/^exit 1/);
  const guide = runbook(block('operator', 'false | cat; echo "late $NOTHING"'), 'shell: sh\n');
  await executeRunbook(guide, context());
  expect(outputs().at(-1)).toBe('operator: late');
});

test('expect= fails a block that ends well but does not say so', async () => {
  const body = '```sh on=operator expect="is healthy"\necho "is sick" >&2\n```';
  const failure = await failureOf(executeRunbook(runbook(body), context()));
  expect(failure.happened).toBe('exit 0, but its output does not contain "is healthy"');
  await executeRunbook(runbook(body.replace('is sick', 'it is healthy')), context());
});

test('timeout= ends a block that takes too long', async () => {
  const book = runbook('```sh on=operator timeout=200ms\nsleep 60\n```');
  const failure = await failureOf(executeRunbook(book, context()));
  expect(failure.happened).toBe('timed out after 0.2 s');
  expect(failure).toMatchObject({ exitCode: null });
});

test('a block whose host is not running fails clearly', async () => {
  const off = { ...localHost('etcd-2', folder), state: 'powered-off' } as unknown as Host;
  hosts.set('etcd-2', off);
  const failure = await failureOf(executeRunbook(runbook(block('lost', 'true')), context()));
  expect(failure).toMatchObject({ happened: 'the host is powered-off', host: 'etcd-2' });
});

test('a role that selects nobody is refused before anything runs, unless it is optional', async () => {
  const before = block('members', 'true');
  const failure = await failureOf(
    executeRunbook(runbook(before + block('control-planes', 'true')), context()),
  );
  expect(failure).toMatchObject({
    kind: 'usage',
    happened: 'on=control-planes selects no host here',
  });
  expect(events).toEqual([]);
  await executeRunbook(
    runbook(`${before}\`\`\`sh on=control-planes optional\nfalse\n\`\`\``),
    context(),
  );
});

test('an input without a value is refused before anything runs', async () => {
  const book = runbook(
    block('operator', 'echo "$BUCKET"'),
    'inputs: {BUCKET: where backups are}\n',
  );
  const failure = await failureOf(executeRunbook(book, context()));
  expect(failure).toMatchObject({ kind: 'usage' });
  expect(failure.happened).toContain('BUCKET (where backups are)');
  expect(events).toEqual([]);
});

test('env gives our variables under the names of a guide', async () => {
  const book = runbook(block('operator', 'echo "$THIS_HOST"'), 'env: {THIS_HOST: HOST_NAME}\n');
  await executeRunbook(book, context());
  expect(outputs()).toEqual(['operator: operator']);
});

test('etcdctl does not see our variable where the block gives the flag, the block itself does', async () => {
  const show = 'sh -c \'echo "${ETCDCTL_CACERT-absent}"\'; echo "$ETCDCTL_CACERT"';
  const book = runbook(
    block('operator', `${show} # etcdctl --cacert=$ETCDCTL_CACERT`) + block('operator', show),
  );
  await executeRunbook(book, context());
  expect(outputs()).toEqual(['operator: absent\n/ca crt', 'operator: /ca crt\n/ca crt']);
});

test('an aborted signal interrupts instead of failing the drill', async () => {
  const stop = new AbortController();
  const book = runbook(block('operator', 'sleep 60') + block('operator', 'true'));
  const running = failureOf(
    executeRunbook(
      book,
      context({
        signal: stop.signal,
        onStep: (event) => {
          if (event.type === 'step-started') stop.abort();
        },
      }),
    ),
  );
  expect((await running).kind).toBe('interrupted');
});

test('secrets in the output are redacted in the journal and in the error', async () => {
  const book = runbook(block('operator', 'echo "token: abcdef.0123456789abcdef"; exit 1'));
  const failure = await failureOf(executeRunbook(book, context()));
  expect(`${failure.explain()} ${JSON.stringify(events)}`).not.toContain('0123456789abcdef');
});

test('the session state is readable by its owner only and is gone afterwards', async () => {
  const book = runbook(
    block('operator', 'export A=1') + block('operator', 'stat -c %a "$BACKUP_DIR"/.sessions/*.sh'),
  );
  await executeRunbook(book, context());
  expect(outputs().at(-1)).toBe('operator: 600');
  await expect(readFile(join(folder, '.sessions/operator.sh'))).rejects.toThrow('ENOENT');
});
