import { join } from 'node:path';
import { startDaemon } from '../../exec/daemon.ts';
import { childrenOf } from '../../exec/processes.ts';
import { run } from '../../exec/run.ts';
import { systemClock } from '../../support/clock.ts';
import { environmentError } from '../../support/errors.ts';
import { packageRoot } from '../../support/package-root.ts';

/** Set for the process inside: it neither enters another world nor resolves or downloads anything. */
const MARK = 'KUBEDRILL_INSIDE_WORLD';
/** The process that the user started, by which a world is found from outside. */
const OUTER = 'KUBEDRILL_WORLD_OF';
/** `off` makes kubedrill behave as on a machine that forbids namespaces. */
const SWITCH = 'KUBEDRILL_NAMESPACES';
/** npm passes a Ctrl-C on, so that one key press arrives twice. */
const SAME_KEY_PRESS_MS = 1000;

const UNSHARE = [
  '--user',
  '--map-root-user',
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--mount-proc',
  '--kill-child',
];

/** True inside the user, network, mount and PID namespaces of a drill. */
export function insideWorld(): boolean {
  return process.env[MARK] === '1';
}

/** Why namespaces cannot be had here; undefined when they can. */
export async function namespacesForbidden(): Promise<string | undefined> {
  if (process.env[SWITCH] === 'off') return `${SWITCH}=off is set`;
  const script = 'ip link add kubedrill0 type bridge && ip link add host0 type veth peer name eth0';
  const tried = await run('unshare', [...UNSHARE, 'bash', '-c', script], { timeoutMs: 10_000 });
  if (tried.exitCode === 0) return undefined;
  return (tried.problem ?? tried.stderr.trim().split('\n').at(-1)) || `exit ${tried.exitCode}`;
}

/**
 * Runs a command in a world of its own with our standard streams: no route leads out, every port is free,
 * and everything in it ends with it. SIGKILL of this process ends it too (the kernel sees to that).
 * @returns the command's exit code; 137 when the user stopped it the hard way with a second Ctrl-C.
 */
export async function runInWorld(command: readonly string[]): Promise<number> {
  const script = join(packageRoot, 'harness/targets/process/rootfs/enter-drill.sh');
  const world = startDaemon(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...UNSHARE, 'bash', script, ...command],
    { logFile: 'inherit', env: { [MARK]: '1', [OUTER]: String(process.pid) } },
  );
  if (!world) {
    throw environmentError('enter the namespaces of the drill', 'no setpriv', 'install util-linux');
  }
  const stopForwarding = forwardSignals(world.pid, () => world.kill('SIGKILL'));
  const { exitCode, signal } = await world.ended;
  stopForwarding();
  return exitCode ?? (signal === 'SIGKILL' ? 137 : 1);
}

/** unshare swallows signals, so the harness inside is told directly. */
function forwardSignals(worldPid: number, killWorld: () => void): () => void {
  let lastInterruptMs: number | undefined;
  const tell = (signal: NodeJS.Signals) => {
    const [firstProcess] = childrenOf(worldPid);
    const [harness] = firstProcess === undefined ? [] : childrenOf(firstProcess);
    if (harness !== undefined) process.kill(harness, signal);
    else killWorld();
  };
  const onInterrupt = () => {
    const nowMs = systemClock.monotonicMs();
    const again = lastInterruptMs !== undefined && nowMs - lastInterruptMs > SAME_KEY_PRESS_MS;
    lastInterruptMs ??= nowMs;
    if (again) killWorld();
    else tell('SIGINT');
  };
  const onTerminate = () => tell('SIGTERM');
  const onHangup = () => tell('SIGHUP');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate).on('SIGHUP', onHangup);
  return () => {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate).off('SIGHUP', onHangup);
  };
}
