import type { Finished } from '../exec/run.ts';

/** How a script runs on a host. */
export interface ShellOptions {
  timeoutMs: number;
  /** `bash -euo pipefail` unless a runbook says otherwise; the script is given as its standard input file. */
  shell?: string;
  env?: Record<string, string>;
  cwd?: string;
  input?: string;
  signal?: AbortSignal | undefined;
}

interface AnyHost {
  /** Its host name, also its etcd member's name. */
  readonly name: string;
  /** Its IP address, the same for life, rebuilds included. */
  readonly address: string;
  /**
   * Runs a bash script that finds the host's root at `$ROOT`, as from a rescue system: in any state of the
   * host. Of one that does not run, the folder around etcd's data directory is all that is sure to be there.
   */
  onDisk(script: string, options: Pick<ShellOptions, 'timeoutMs' | 'env'>): Promise<Finished>;
  /** Copies the logs of its units (`/var/log/*.log`) into a folder of the machine that runs the harness. */
  collectLogs(to: string): Promise<void>;
}

/** A host that is up: it has a shell, services and files. */
export interface RunningHost extends AnyHost {
  readonly state: 'running';
  /** Runs a script; never throws for what the script does. */
  shell(script: string, options: ShellOptions): Promise<Finished>;
  /** Cuts the power: every process ends at once, files stay. */
  powerOff(): Promise<PoweredOffHost>;
  /** Stops every process without their knowing (SIGSTOP). */
  freeze(): Promise<FrozenHost>;
}

export interface PoweredOffHost extends AnyHost {
  readonly state: 'powered-off';
  /** Boots with its files as they are; no service starts by itself. */
  powerOn(): Promise<RunningHost>;
  /** A blank machine with the same name and address: no etcd data, no units, no PKI but what provisioning gives every host. */
  rebuild(): Promise<PoweredOffHost>;
}

export interface FrozenHost extends AnyHost {
  readonly state: 'frozen';
  thaw(): Promise<RunningHost>;
}

/** A machine of the target; what can be done with it depends on its state. */
export type Host = RunningHost | PoweredOffHost | FrozenHost;
