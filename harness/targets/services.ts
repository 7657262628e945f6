import { describeEnding, lastLines } from '../exec/run.ts';
import { DrillError } from '../support/errors.ts';
import { redact } from '../support/redaction.ts';
import type { Host, RunningHost } from './host.ts';

/** Enough for a panic with its trace and what stands above it. */
const LOG_LINES = 100;

/** How the harness itself starts and stops services: as a runbook does, by `systemctl` on the host. */

export async function startService(host: RunningHost, unit: string): Promise<void> {
  await systemctl(host, 'start', unit);
}

export async function stopService(host: RunningHost, unit: string): Promise<void> {
  await systemctl(host, 'stop', unit);
}

export async function isServiceActive(host: RunningHost, unit: string): Promise<boolean> {
  return (await host.shell(`systemctl is-active ${unit}`, { timeoutMs: 10_000 })).exitCode === 0;
}

/** @throws DrillError when the host is not running. */
export function requireRunning(host: Host): RunningHost {
  if (host.state === 'running') return host;
  throw new DrillError({
    kind: 'drill',
    attempted: `use host ${host.name}`,
    happened: `it is ${host.state}`,
  });
}

/** The end of a unit's log: what the program itself said last. */
export async function logTail(host: RunningHost, unit: string, lines = 12): Promise<string> {
  const log = `"\${HOST_ROOT:-}/var/log/${unit}.log"`;
  const finished = await host.shell(`tail -n ${lines} ${log} 2>/dev/null || true`, {
    timeoutMs: 10_000,
  });
  return redact(finished.stdout);
}

/**
 * What a service that ended at its start says in its log, naming a port that is in use or a disk that is full;
 * undefined while it runs.
 */
export async function deathOf(host: RunningHost, unit: string): Promise<DrillError | undefined> {
  const { exitCode } = await host.shell(`systemctl is-active ${unit}`, { timeoutMs: 10_000 });
  // A machine that is too busy to answer says nothing of the service.
  if (exitCode === 0 || exitCode === null) return undefined;
  const log = await logTail(host, unit, LOG_LINES);
  return new DrillError({
    kind: 'environment',
    attempted: `start ${unit} on ${host.name}`,
    ...(causeIn(log) ?? {
      happened: 'it ended at its start',
      hint: `the whole log is kept as evidence: logs/${host.name}/${unit}.log`,
    }),
    output: lastLines(beforeTrace(log), 12),
  });
}

function causeIn(log: string): { happened: string; hint: string } | undefined {
  const port = /listen tcp [^ ]*?:(\d+): bind: address already in use/.exec(log)?.[1];
  if (port !== undefined) {
    return {
      happened: `port ${port} is in use`,
      hint: `find what holds it: ss -ltnp 'sport = :${port}'`,
    };
  }
  if (!log.includes('no space left on device')) return undefined;
  return { happened: 'no space left on device', hint: 'free space on the disk of its data: df -h' };
}

/** The places in a Go program's source that a panic lists say less than what stands above them. */
function beforeTrace(log: string): string {
  const start = log.search(/^goroutine \d+ /m);
  return start > 0 ? log.slice(0, start) : log;
}

async function systemctl(host: RunningHost, verb: string, unit: string): Promise<void> {
  const finished = await host.shell(`systemctl ${verb} ${unit}`, { timeoutMs: 40_000 });
  if (finished.exitCode === 0) return;
  throw new DrillError({
    kind: 'drill',
    attempted: `${verb} ${unit} on ${host.name}`,
    happened: describeEnding(finished),
    output: lastLines(redact(finished.stderr), 8),
  });
}
