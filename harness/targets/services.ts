import { describeEnding, lastLines } from '../exec/run.ts';
import { DrillError } from '../support/errors.ts';
import { redact } from '../support/redaction.ts';
import type { Host, RunningHost } from './host.ts';

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
 * What a service that ended at its start says in its log, naming a port that is in use;
 * undefined while it runs.
 */
export async function deathOf(host: RunningHost, unit: string): Promise<DrillError | undefined> {
  if (await isServiceActive(host, unit)) return undefined;
  const output = await logTail(host, unit);
  const port = /listen tcp [^ ]*?:(\d+): bind: address already in use/.exec(output)?.[1];
  return new DrillError({
    kind: 'environment',
    attempted: `start ${unit} on ${host.name}`,
    happened: port ? `port ${port} is in use` : 'it ended at its start',
    output,
    hint: port
      ? `find what holds it: ss -ltnp 'sport = :${port}'`
      : `the whole log is kept as evidence: logs/${host.name}/${unit}.log`,
  });
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
