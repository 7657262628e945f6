import { run, runOrThrow } from '../../exec/run.ts';
import { ASK_FOR_HARDWARE, hardwareIn } from '../neighbours.ts';

const TIMEOUT_MS = 10_000;
const FAILING = { timeoutMs: TIMEOUT_MS, kind: 'environment', hint: 'kubedrill doctor' } as const;

/** Runs lines of `ip` in the drill's own network. @throws DrillError (environment) at the first that fails. */
export async function ip(...lines: readonly string[]): Promise<void> {
  await runOrThrow('lay the network of the drill', 'ip', ['-batch', '-'], {
    ...FAILING,
    input: `${lines.join('\n')}\n`,
  });
}

/** The same in the network of the host whose first process is `pid`. */
export async function ipInside(pid: number, ...lines: readonly string[]): Promise<void> {
  await runInside(pid, 'change the network of a host', ['ip', '-batch', '-'], lines.join('\n'));
}

/** Runs a program in the network of the host whose first process is `pid`. */
export async function runInside(
  pid: number,
  attempted: string,
  command: readonly string[],
  input = '',
): Promise<void> {
  const args = ['-t', String(pid), '-n', ...command];
  await runOrThrow(attempted, 'nsenter', args, { ...FAILING, input: `${input}\n` });
}

/** Removes a link that may be gone already: the kernel takes that of a host which was switched off in its own time. */
export async function dropLink(name: string): Promise<void> {
  await run('ip', ['link', 'del', name], { timeoutMs: TIMEOUT_MS });
}

/** The hardware address that answers for an address, found out anew; undefined when none has yet. */
export async function askForHardware(address: string, device: string): Promise<string | undefined> {
  const env = { ADDRESS: address, DEVICE: device };
  const asked = await run('bash', ['-c', ASK_FOR_HARDWARE], { timeoutMs: TIMEOUT_MS, env });
  return asked.exitCode === 0 ? hardwareIn(asked.stdout) : undefined;
}
