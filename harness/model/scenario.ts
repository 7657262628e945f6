import { z } from 'zod';
import { PHASES } from './phase.ts';

export const targetNameSchema = z.enum(['process', 'container', 'kind']);
export type TargetName = z.infer<typeof targetNameSchema>;

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');

/** Which hosts a fault strikes. `majority` and `minority` are of the members, chosen by the seed. */
export const hostSelectorSchema = z.union([
  z.enum(['one', 'minority', 'majority', 'all']),
  z.array(z.string()).min(1),
]);
export type HostSelector = z.infer<typeof hostSelectorSchema>;

export const faultCallSchema = z.strictObject({
  fault: name.describe('A fault by name; `kubedrill list --faults` lists them'),
  hosts: hostSelectorSchema.default('one'),
  with: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .default({}),
});
export type FaultCall = z.infer<typeof faultCallSchema>;

/** Faults that the seed decides: each struck host gets one of them. */
export const randomFaultsSchema = z.strictObject({
  hosts: z
    .enum(['minority', 'majority', 'either'])
    .default('either')
    .describe('How many members are struck'),
  from: z.array(name).min(1).describe('The faults to draw from'),
});
export type RandomFaults = z.infer<typeof randomFaultsSchema>;

/** When a chaos script runs: beside a phase, or again and again from the fault until the recovery. */
export const chaosMomentSchema = z.enum([
  'populate',
  'backup',
  'write-after-backup',
  'inject',
  'impact',
  'recover',
  'settle',
  'until-recovery',
]);
export type ChaosMoment = z.infer<typeof chaosMomentSchema>;

export const chaosEntrySchema = z.strictObject({
  script: z
    .string()
    .regex(/\.mjs$/, 'a path that ends in .mjs')
    .describe('A module beside the scenario, as chaos/flaky-link.mjs; zx can be imported'),
  at: chaosMomentSchema
    .default('inject')
    .describe('Beside which phase it runs; until-recovery: again and again'),
  timeoutMs: z.int().positive().default(60_000).describe('For the script, or one turn of it'),
  turns: z
    .int()
    .positive()
    .max(1000)
    .default(1)
    .describe('With until-recovery: so many turns at least before the recovery begins'),
  with: z.record(z.string(), z.json()).default({}).describe('Given to the script as `settings`'),
});
export type ChaosEntry = z.infer<typeof chaosEntrySchema>;

export const recoveryEntrySchema = z.strictObject({
  runbook: z.string().describe('A shipped runbook by name, or a path relative to the scenario'),
  variables: z
    .record(z.string(), z.string())
    .default({})
    .describe('Added to, or replacing, the runbook variables'),
  writesBefore: z
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe('Writes made before this entry, which a return to the backup must take back'),
  settleMs: z
    .int()
    .nonnegative()
    .optional()
    .describe('In place of budgets.settleMs; 0 judges what is seen at once'),
  expect: z
    .strictObject({
      findings: z.array(z.string()).default([]),
      mayAlso: z.array(z.string()).default([]),
      /** The runbook is expected to stop at a failing block. */
      stops: z.boolean().default(false),
    })
    .optional(),
});
export type RecoveryEntry = z.infer<typeof recoveryEntrySchema>;

/** What a drill follows from before the fault only when it is about that. */
export const followedSchema = z.enum(['prediction', 'token', 'workload']);
export type Followed = z.infer<typeof followedSchema>;

const scenarioName = z
  .string()
  .regex(
    /^[a-z0-9]+(-[a-z0-9]+)*(\/[a-z0-9]+(-[a-z0-9]+)*)?$/,
    'lower-case words joined by hyphens; a variant of an incident after a slash',
  );

/** For how long each service as a whole may be out at a time. Its parts have no budgets: a user may ask another. */
const outageBudgetsSchema = z.strictObject({
  etcd: z.int().positive().optional().describe('A consistent read'),
  api: z.int().positive().optional().describe('Any API server'),
  dns: z.int().positive().optional().describe('Any CoreDNS'),
  ingress: z.int().positive().optional().describe('Every route'),
});
export type OutageBudgets = z.infer<typeof outageBudgetsSchema>;
/** The services that may have one. */
export const budgetedServiceSchema = outageBudgetsSchema.keyof();

export const scenarioSchema = z.strictObject({
  name: scenarioName,
  kind: z.enum(['drill', 'incident']).default('drill'),
  summary: z.string().min(1),
  /** Where the incident or the procedure was published: its title or address. */
  source: z.string().min(1).optional(),
  targets: z.array(targetNameSchema).min(1).default(['process']),
  topology: z
    .strictObject({
      members: z.union([z.literal(1), z.literal(3), z.literal(5)]).default(3),
      controlPlanes: z.int().min(0).max(5).default(3),
      workers: z
        .int()
        .min(0)
        .max(5)
        .default(0)
        .describe('Nodes for pods only, on target kind; bare hosts on target process'),
      controllers: z.boolean().default(false),
      dns: z.boolean().default(false).describe('CoreDNS on each control plane, too'),
      tls: z.boolean().default(true),
      etcdUser: z
        .enum(['root', 'etcd'])
        .default('root')
        .describe('Whom etcd runs as and its data belongs to, on targets that have several users'),
      needsApiServers: z
        .boolean()
        .default(false)
        .describe('Shows nothing without kube-apiserver: skipped with --kubernetes none'),
    })
    .prefault({}),
  versions: z
    .strictObject({ etcd: z.string().optional(), kubernetes: z.string().optional() })
    .prefault({}),
  objects: z.strictObject({ count: z.int().min(0).max(200_000).default(300) }).prefault({}),
  installs: z
    .array(z.string())
    .default([])
    .describe('Runbooks that install what the drill is about, before the baseline is taken'),
  backup: z
    .strictObject({
      runbook: z.string().default('snapshot-save'),
      /** `each-member`: one snapshot a member, with writes between them (for the mixed-snapshots mistake). */
      from: z.enum(['one-member', 'each-member']).default('one-member'),
      /** Writes this many revisions after the backup, so that the loss is visible. */
      writesAfter: z.int().min(0).max(100_000).default(40),
      /** What people did to the cluster later, which a return to the backup undoes in etcd alone. */
      changesAfter: z
        .array(z.string())
        .default([])
        .describe('Runbooks that change the cluster between the backup and the fault'),
    })
    .prefault({}),
  faults: z.array(faultCallSchema).default([]),
  randomFaults: randomFaultsSchema
    .optional()
    .describe('Drawn anew with each seed, beside `faults`; they decide the impact, too'),
  chaos: z
    .array(chaosEntrySchema)
    .default([])
    .describe('Scripts of the scenario that strike by themselves'),
  /** What impact must see: `quorum` lost, `member` lost, `none` (the mistake is in the recovery alone). */
  impact: z.enum(['quorum', 'member', 'none']).default('quorum'),
  symptoms: z
    .strictObject({
      findings: z.array(z.string()).min(1),
      mayAlso: z.array(z.string()).default([]),
    })
    .optional()
    .describe('What the checks must find while the fault lasts, and what else they may'),
  /** Whether the recovery goes back to the backup, so that later writes must be gone. */
  restores: z.boolean().default(true),
  recovery: z.array(recoveryEntrySchema).min(1),
  budgets: z
    .strictObject({
      rtoMs: z.int().positive().optional(),
      rpoMs: z.int().positive().optional(),
      rpoRevisions: z.int().nonnegative().optional(),
      outagesMs: outageBudgetsSchema
        .optional()
        .describe('The longest that each may be out at a time, between the fault and settled'),
      settleMs: z.int().positive().default(60_000),
    })
    .prefault({}),
  skipChecks: z.array(name).default([]),
  follows: z
    .array(followedSchema)
    .default([])
    .describe(
      'Looked at besides: `prediction`, what a diff before the fault says of the restore; `token`,' +
        ' a client that keeps its token; `workload`, whether a new one gets its pod, and that a node',
    ),
  timeoutMs: z.int().positive().default(600_000),
  pauseAfter: z.enum(PHASES).optional(),
});
export type Scenario = z.infer<typeof scenarioSchema>;
