import { z } from 'zod';
import type { Phase } from '../model/phase.ts';
import type { Runbook } from '../model/runbook.ts';
import type { RecoveryEntry, Scenario, TargetName } from '../model/scenario.ts';
import type { Toolchain } from '../toolchain/toolchain.ts';

/** One drill with everything resolved: nothing is looked up, built or downloaded after this. */
export interface DrillPlan {
  scenario: Scenario;
  scenarioFile: string;
  target: TargetName;
  /** The node image of target kind, when the user chose one. */
  nodeImage: string | undefined;
  /** Ingress controller of target kind: `none`, a manifest's file, or the stand-in. */
  ingress: string | undefined;
  seed: number;
  toolchain: Toolchain;
  /** Played before the baseline. */
  installs: Runbook[];
  backupRunbook: Runbook;
  /** Played between the backup and the fault. */
  changesAfter: Runbook[];
  recovery: { entry: RecoveryEntry; runbook: Runbook }[];
  /** Whether `--runbook` replaced the scenario's own recovery. */
  runbookGiven: boolean;
  snapshot: SnapshotPlan | undefined;
  reproduce: string;
}

/** The user's own backup that a drill starts from. Paths are absolute. */
export interface SnapshotPlan {
  file: string;
  etcdPrefix: string;
  encryptionConfig: string | undefined;
  serviceAccountKey: string | undefined;
  serviceCidr: string | undefined;
}

/** A whole run; plain JSON, because it is handed to the process inside the drill's namespaces. */
export interface RunPlan {
  runId: string;
  /** Absolute: journal, reports and evidence. */
  directory: string;
  argv: string[];
  seed: number;
  keep: 'never' | 'failure' | 'always';
  pauseAfter: Phase | undefined;
  runWorkloads: boolean;
  json: boolean;
  eventsFile: string | undefined;
  junitFile: string | undefined;
  drills: DrillPlan[];
}

/** A plan as it comes out of its file: written by ourselves a moment before, so only its outline is checked. */
const outlineSchema = z.looseObject({
  runId: z.string(),
  directory: z.string(),
  drills: z.array(z.looseObject({ target: z.string() })),
});

export function planFromJson(text: string): RunPlan {
  return outlineSchema.parse(JSON.parse(text)) as unknown as RunPlan;
}

/** `etcd-1`… for members alone, `cp-1`… for hosts that are control planes. */
export function hostNamesOf(scenario: Scenario): string[] {
  const { members, controlPlanes } = scenario.topology;
  return Array.from({ length: members }, (_, index) =>
    index < controlPlanes ? `cp-${index + 1}` : `etcd-${index + 1}`,
  );
}
