import type { z } from 'zod';
import type { FaultCall } from '../model/scenario.ts';
import type { Random } from '../support/random.ts';
import type { Capability, Cluster } from '../targets/target.ts';

/** What one injection is told. */
export interface FaultContext<Parameters = Record<string, unknown>> {
  cluster: Cluster;
  /** The hosts it strikes, in name order. */
  hosts: readonly string[];
  parameters: Parameters;
}

/** What came of it. */
export interface Injection {
  /** Whether it can be seen to have struck. */
  took: 'effect' | 'no-effect';
  /** What was seen, in one sentence. */
  evidence: string;
  /** Undoes what outlives the recovery, as healing a partition does; harmless when there is nothing to undo. */
  heal(): Promise<void>;
}

export interface Draw {
  /** A struck member surely serves no more, so that the damage can be asked for. */
  silences: boolean;
  /** For one strike; the defaults without it. */
  parameters?(random: Random): FaultCall['with'];
}

/** Something that breaks hosts or data, and knows whether it took effect. */
export interface Fault<Parameters = Record<string, unknown>> {
  name: string;
  summary: string;
  /** What the target must be able to do; otherwise the drill is skipped with the reason. */
  needs: readonly Capability[];
  parameters: z.ZodType<Parameters>;
  inject(context: FaultContext<Parameters>): Promise<Injection>;
  /** How it takes part in random chaos; without it nobody draws it. */
  draw?: Draw;
}

export const nothingToHeal = async (): Promise<void> => {};
