import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeEnding, lastLines, run } from '../../exec/run.ts';
import { DrillError } from '../../support/errors.ts';
import { fillIn, type Tool, type Wanted } from '../matrix.ts';
import { reportStep } from '../progress.ts';
import { findInPath } from './path.ts';
import type { Maker, Workplace } from './source.ts';

const BUILD_TIMEOUT_MS = 45 * 60_000;
/** A Go that is older than the lock wants may fetch a newer one of itself first. */
const GO_ANSWER_TIMEOUT_MS = 5 * 60_000;

/** `go build` from the locked modules: the same sums on every machine, no release file needed. */
export const go: Maker = {
  kind: 'maker',
  name: 'go',

  async obstacle(_tools, wanted, at) {
    const needed = await neededGo(wanted.lockFolder);
    const answer = await run('go', ['env', 'GOVERSION'], {
      timeoutMs: GO_ANSWER_TIMEOUT_MS,
      cwd: wanted.lockFolder,
      env: goEnvironment(at),
      signal: at.signal,
    });
    if (answer.problem === 'no such program') return `Go is not installed (needs ${needed})`;
    if (answer.exitCode !== 0) {
      return `Go ${needed} is needed: ${lastLines(answer.stderr, 1) || describeEnding(answer)}`;
    }
    const version = answer.stdout.trim();
    return isOlder(version, needed) ? `Go is too old: ${version}, needs ${needed}` : undefined;
  },

  async make(tools, wanted, at) {
    const scratch = join(at.staging, 'go-scratch');
    await mkdir(scratch, { recursive: true });
    for (const tool of tools) {
      const file = join(at.staging, tool.name);
      await build(tool, wanted, file, { ...at, env: { ...at.env, GOTMPDIR: scratch } });
      await at.finish(tool, file);
    }
  },
};

async function build(tool: Tool, wanted: Wanted, file: string, at: Workplace): Promise<void> {
  const step = `build ${tool.name} ${wanted.version}`;
  await reportStep(step, at, async (say) => {
    const usual = `about ${tool.coldBuildSeconds} s on two cores when nothing is compiled yet`;
    say(usual);
    let compiled = 0;
    const [program, ...args] = await buildCommand(tool, wanted, file, at);
    const ended = await run(program, args, {
      timeoutMs: BUILD_TIMEOUT_MS,
      cwd: wanted.lockFolder,
      env: goEnvironment(at),
      signal: at.signal,
      onErrorLine: (line) => {
        if (isPackage(line)) compiled += 1;
        say(`${compiled} packages compiled, now ${line.trim()} (${usual})`);
      },
    });
    if (ended.exitCode === 0) return;
    const messages = ended.stderr.split('\n').filter((line) => !isPackage(line));
    throw buildError(step, describeEnding(ended), lastLines(messages.join('\n'), 12), at);
  });
}

/** With setpriv, where there is one, so that a build does not outlive a kubedrill that was killed. */
async function buildCommand(
  tool: Tool,
  wanted: Wanted,
  file: string,
  at: Workplace,
): Promise<[string, ...string[]]> {
  const flags = fillIn(wanted.recipe.go.linkerFlags, wanted.version);
  // The linker would strip the debug data again.
  const plain = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-gcflags=all=-dwarf=false'];
  const build = [...plain, '-ldflags', flags, '-o', file];
  // -v names each package as it is compiled: the only sign of life there is.
  const command: [string, ...string[]] = ['go', 'build', '-v', ...build, tool.package];
  const setpriv = await findInPath('setpriv', at.env);
  return setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', ...command];
}

/** A line of `go build -v` is a package path and nothing else. */
function isPackage(line: string): boolean {
  return /^[\w./~-]+$/.test(line);
}

/** Much of what the compiler does is to collect garbage, unless it may keep some. */
const ROOMY = { GOGC: '400', GOMEMLIMIT: '2GiB' };

function goEnvironment(at: Workplace): NodeJS.ProcessEnv {
  return { ...ROOMY, ...at.env, CGO_ENABLED: '0', GOWORK: 'off', GOOS: '', GOARCH: '' };
}

/** The `go` line of the lock: `go1.26.0`. */
async function neededGo(lock: string): Promise<string> {
  const text = await readFile(join(lock, 'go.mod'), 'utf8');
  return `go${/^go (\S+)$/m.exec(text)?.[1] ?? '1.24'}`;
}

function isOlder(version: string, needed: string): boolean {
  const numbers = (word: string) => (word.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const [have, want] = [numbers(version), numbers(needed)];
  for (const [at, number] of want.entries()) {
    const difference = (have[at] ?? 0) - number;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

const TROUBLES: readonly [RegExp, string, (at: Workplace) => string][] = [
  [
    /no space left on device/i,
    'the disk is full',
    (at) =>
      `free about 4 GB (the cache in ${at.folder} and Go's own, see: go env GOCACHE), or set KUBEDRILL_CACHE`,
  ],
  [
    /dial tcp|no such host|connection refused|i\/o timeout|403 Forbidden|407 Proxy/i,
    'the modules could not be downloaded',
    () =>
      'see that this machine reaches a Go module proxy: go env GOPROXY; go env -w GOPROXY=https://your-proxy,direct',
  ],
  [
    /requires go >=|unknown directive: tool|invalid go version/i,
    'Go is too old',
    () => 'install a newer Go: https://go.dev/dl/',
  ],
];

function buildError(attempted: string, ending: string, output: string, at: Workplace): DrillError {
  const [, happened, hint] = TROUBLES.find(([pattern]) => pattern.test(output)) ?? [];
  return new DrillError({
    kind: 'environment',
    attempted,
    happened: happened ?? `go build: ${ending}`,
    hint: hint?.(at),
    output,
  });
}
