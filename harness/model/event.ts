import type { Examination } from './check.ts';
import type { Phase } from './phase.ts';
import type { FaultCall, TargetName } from './scenario.ts';
import type { DrillVerdict } from './verdict.ts';

/** One line of the journal (NDJSON). Every report is made from these alone, also later. */
export type JournalEvent = EventStamp & EventBody;

export interface EventStamp {
  /** From 0, without gaps. */
  seq: number;
  /** ISO time, UTC. */
  at: string;
  /** Milliseconds since the run began. */
  elapsedMs: number;
}

export interface Rto {
  totalMs: number;
  /** Milliseconds from the fault to each milestone that was reached. */
  detectedMs?: number;
  stoppedMs?: number;
  restoredMs?: number;
  etcdServingMs?: number;
  apiServingMs?: number;
  dnsAnsweringMs?: number;
  ingressAnsweringMs?: number;
  settledMs?: number;
}

export interface Rpo {
  /** Between the backup and the last write that was acknowledged. */
  ms: number;
  revisions: number;
  objects: number;
}

/** Milliseconds since the probes began to ask, which is when the phase inject begins. */
export interface Outage {
  probe: string;
  /** Where it was asked, or what of it; absent for the whole of it. */
  part?: string | undefined;
  startMs: number;
  endMs: number;
  /** For how long the scenario lets it be out at a time, where it says so. */
  budgetMs?: number | undefined;
  /** It was not over when the probes stopped asking, at `endMs`. */
  lasting?: true | undefined;
}

/** Whose fault it is that a drill came to no result; decides the exit code. */
export type FailureKind = 'usage' | 'environment' | 'drill' | 'interrupted' | 'internal';

export interface ToolSource {
  tool: string;
  version: string;
  path: string;
  source: string;
}

/**
 * `drill` counts the drills of a run from 0; `round` the recovery entries from 1 and is 0 before
 * the first.
 */
export type EventBody =
  | {
      type: 'run-started';
      runId: string;
      schemaVersion: 1;
      seed: number;
      argv: string[];
      directory: string;
    }
  | {
      type: 'drill-started';
      drill: number;
      scenario: string;
      summary: string;
      scenarioFile: string;
      target: TargetName;
      seed: number;
      parameters: Record<string, unknown>;
      versions: Record<string, string>;
      tools: ToolSource[];
    }
  | { type: 'phase-started'; drill: number; phase: Phase; round: number }
  | {
      type: 'phase-ended';
      drill: number;
      phase: Phase;
      round: number;
      durationMs: number;
      verdict: 'ok' | 'failed' | 'skipped';
      reason: string | null;
    }
  | { type: 'note'; drill: number; level: 'info' | 'warning'; message: string }
  /** What a wait sees; sent when that changes and every 30 s. */
  | { type: 'waiting'; drill: number; description: string; saw: string; waitedMs: number }
  | { type: 'service'; drill: number; host: string; unit: string; action: string }
  | {
      type: 'fault';
      drill: number;
      call: FaultCall;
      hosts: string[];
      took: 'effect' | 'no-effect';
      evidence: string;
    }
  | {
      type: 'runbook-started';
      drill: number;
      round: number;
      name: string;
      file: string;
      sha256: string;
      substitutions: { from: string; to: string; why: string }[];
    }
  | {
      type: 'step-started';
      drill: number;
      round: number;
      runbook: string;
      step: number;
      title: string;
      host: string;
      command: string;
      added: boolean;
    }
  | {
      type: 'step-ended';
      drill: number;
      round: number;
      runbook: string;
      step: number;
      title: string;
      host: string;
      exitCode: number | null;
      problem: string | null;
      durationMs: number;
      /** The end of the output, redacted. */
      output: string;
    }
  | {
      type: 'runbook-ended';
      drill: number;
      round: number;
      name: string;
      verdict: 'ok' | 'failed';
      reason: string | null;
      durationMs: number;
    }
  | ({
      type: 'check';
      drill: number;
      phase: Phase;
      round: number;
      check: string;
      title: string;
      durationMs: number;
    } & Examination)
  | {
      type: 'snapshot';
      drill: number;
      file: string;
      verdict: string;
      sizeBytes: number;
      revision: number;
      liveKeys: number;
      findingCodes: string[];
    }
  /**
   * After the verification of a recovery entry with an expectation: what it said and how far that
   * held.
   */
  | {
      type: 'expectation';
      drill: number;
      round: number;
      findings: string[];
      mayAlso: string[];
      stops: boolean;
      /** Codes that were expected and did not appear. */
      missing: string[];
      /** Codes that appeared and were not expected. */
      unexpected: string[];
    }
  | { type: 'interrupted'; drill: number; signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' }
  | { type: 'milestone'; drill: number; name: keyof Rto; afterMs: number }
  | { type: 'outage'; drill: number; outage: Outage }
  | { type: 'left'; drill: number; what: string; why: string }
  | {
      type: 'drill-ended';
      drill: number;
      verdict: DrillVerdict;
      reason: string;
      durationMs: number;
      rto: Rto | null;
      rpo: Rpo | null;
      evidence: string | null;
      /** The command that runs this drill again. */
      reproduce: string;
      /**
       * With verdict `error`: whose fault, and the whole story (DrillError.explain(), or a stack).
       */
      error?: { kind: FailureKind; explanation: string };
    }
  | { type: 'run-ended'; verdict: DrillVerdict; exitCode: number; durationMs: number };
