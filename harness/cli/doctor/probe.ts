import type { TargetName } from '../../model/scenario.ts';
import type { EngineSight } from '../../targets/container/engine-sight.ts';

export interface Diagnosis {
  /** `warn`: works, or not needed yet, but somebody should know. */
  state: 'ok' | 'warn' | 'fail';
  /** What was seen, in a few words. */
  saw: string;
  /** What to do, the command first. */
  fix: string | null;
}

/** Looks at one property of this machine and changes nothing. */
export interface Probe {
  name: string;
  /** Targets that cannot run when this fails. */
  neededBy: readonly TargetName[];
  look(machine: Machine): Promise<Diagnosis>;
}

export interface Outcome extends Diagnosis {
  name: string;
  neededBy: readonly TargetName[];
}

/** What the probes see of the machine; tests give their own. */
export interface Machine {
  platform: NodeJS.Platform;
  nodeVersion: string;
  env: NodeJS.ProcessEnv;
  /** Whether a program of this name is in PATH, with the first line that `args` make it print. */
  program(name: string, args: readonly string[]): Promise<{ works: boolean; line: string }>;
  /** Why a drill cannot have namespaces of its own; undefined when it can. */
  namespacesForbidden(): Promise<string | undefined>;
  /** A setting of the kernel by its path below /proc/sys; undefined when the kernel has none of that name. */
  kernelSetting(path: string): Promise<string | undefined>;
  freeBytes(folder: string): Promise<number>;
  tools(): Promise<ToolOutlook[]>;
  kindTools(): Promise<ToolOutlook[]>;
  /** @throws DrillError when no container engine answers. */
  engine(): Promise<EngineSight>;
}

/** Where one program of a drill would come from. */
export interface ToolOutlook {
  tool: string;
  version: string;
  /** Undefined when it cannot be had. */
  source: string | undefined;
  /** Undefined when it has to be made first. */
  path: string | undefined;
  passedOver: readonly { source: string; reason: string }[];
}

export const ok = (saw: string): Diagnosis => ({ state: 'ok', saw, fix: null });
export const warn = (saw: string, fix: string): Diagnosis => ({ state: 'warn', saw, fix });
export const fail = (saw: string, fix: string): Diagnosis => ({ state: 'fail', saw, fix });
