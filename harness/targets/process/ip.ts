import { z } from 'zod';
import { run, runOrThrow } from '../../exec/run.ts';

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

const neighbours = z.array(z.looseObject({ dst: z.string(), lladdr: z.string().optional() }));

/** The hardware address that answers for an address, found out anew; undefined when none has yet. */
export async function askForHardware(address: string, device: string): Promise<string | undefined> {
  const ask = `ip neigh flush to "$0" dev "$1"; echo > "/dev/udp/$0/9"; sleep 0.05; ip -j neigh show to "$0" dev "$1"`;
  const asked = await run('bash', ['-c', ask, address, device], { timeoutMs: TIMEOUT_MS });
  if (asked.exitCode !== 0 || asked.stdout.trim() === '') return undefined;
  const [entry] = neighbours.parse(JSON.parse(asked.stdout));
  return entry?.lladdr;
}
