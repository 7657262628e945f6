import type { Command } from 'commander';

/** A command as the help knows it; its options and its code are loaded when it is called. */
export interface CommandEntry {
  name: string;
  summary: string;
  /** Heading in the help; undefined for what is not for people. */
  group: string | undefined;
  load(): Promise<Command>;
}

const DRILLS = 'Drills:';
const BACKUPS = 'Backups:';
const CLUSTERS = 'Your cluster:';
const MACHINE = 'This machine:';
const FILES = 'Files and shells:';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'break a throw-away cluster, follow the runbook, prove what came back',
    group: DRILLS,
    load: async () => (await import('./run-options.ts')).runDefinition(),
  },
  {
    name: 'list',
    summary: 'list the scenarios (also: --runbooks, --faults, --checks)',
    group: DRILLS,
    load: async () => (await import('./list.ts')).listCommand(),
  },
  {
    name: 'report',
    summary: 'show a run again, or make its reports anew',
    group: DRILLS,
    load: async () => (await import('./report.ts')).reportCommand(),
  },
  {
    name: 'runbook',
    summary: 'check a Markdown procedure of your own',
    group: DRILLS,
    load: async () => (await import('./runbook.ts')).runbookCommand(),
  },
  {
    name: 'verify',
    summary: 'say whether an etcd snapshot can be trusted',
    group: BACKUPS,
    load: async () => (await import('./verify.ts')).verifyCommand(),
  },
  {
    name: 'inspect',
    summary: 'show what is in a snapshot: resources, objects, history of a key',
    group: BACKUPS,
    load: async () => (await import('./inspect.ts')).inspectCommand(),
  },
  {
    name: 'diff',
    summary: 'name the objects in which two snapshots differ',
    group: BACKUPS,
    load: async () => (await import('./diff.ts')).diffCommand(),
  },
  {
    name: 'baseline',
    summary: 'write the inventory of a backup beside it, to compare with later',
    group: BACKUPS,
    load: async () => (await import('./baseline.ts')).baselineCommand(),
  },
  {
    name: 'diagnose',
    summary: 'find in a restored cluster what the drills rehearse, and what to cure first',
    group: CLUSTERS,
    load: async () => (await import('./diagnose.ts')).diagnoseCommand(),
  },
  {
    name: 'doctor',
    summary: 'say what this machine can run and how to get what is missing',
    group: MACHINE,
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  {
    name: 'toolchain',
    summary: 'list or get the etcd and Kubernetes programs that drills run',
    group: MACHINE,
    load: async () => (await import('./toolchain.ts')).toolchainCommand(),
  },
  {
    name: 'clean',
    summary: 'remove what killed runs left',
    group: MACHINE,
    load: async () => (await import('./clean.ts')).cleanCommand(),
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a file that kubedrill reads or writes',
    group: FILES,
    load: async () => (await import('./schema.ts')).schemaCommand(),
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    group: FILES,
    load: async () => (await import('./completion.ts')).completionCommand(),
  },
  {
    name: 'play',
    summary: 'play a plan inside the namespaces of a drill',
    group: undefined,
    load: async () => (await import('./play.ts')).playCommand(),
  },
];
