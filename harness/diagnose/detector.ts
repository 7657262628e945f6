import type { Check, Examination } from '../model/check.ts';
import type { Finding } from '../model/finding.ts';
import type { ObservableKind } from '../probes/index.ts';
import type { Patient } from './patient.ts';
import type { Stage } from './stages.ts';

/** Looks for one incident in somebody's cluster. */
export interface Detector {
  name: string;
  /** What holds when it finds nothing, in one sentence. */
  title: string;
  stage: Stage;
  /** What it cannot do without; it is skipped where that was not given. */
  needs?:
    | 'etcd'
    | 'baseline'
    | 'canary'
    | 'kubelets'
    | 'coredns'
    | 'kube-proxy'
    | 'pod-token'
    | 'bootstrap-tokens';
  /** Whatever it throws makes it *unknown*. */
  detect(patient: Patient): Promise<Examination>;
}

/** @param blind what could not be looked at; findings stand all the same. */
export function diagnosed(
  findings: readonly Finding[],
  blind: readonly string[] = [],
): Examination {
  const found = findings.some(({ severity }) => severity !== 'info');
  const reason = blind.length === 0 ? null : reasonOf([...new Set(blind)]);
  const verdict = found ? 'fail' : reason === null ? 'pass' : 'unknown';
  return { verdict, reason, findings: [...findings] };
}

const REASONS_MAX = 4;

function reasonOf(blind: readonly string[]): string {
  const rest = blind.length - REASONS_MAX;
  const shown = blind.slice(0, REASONS_MAX).join('; ');
  return rest > 0 ? `${shown}; and ${rest} more` : shown;
}

/** Leaves the judgement to a check of the drills, on observations of a cluster that is nobody's drill. */
export function byCheck(check: Check, kinds: readonly ObservableKind[]) {
  return async (patient: Patient): Promise<Examination> => {
    const now = await patient.observe(kinds);
    const facts = await patient.facts();
    return check.examine({ phase: 'verify', now, baseline: undefined, facts });
  };
}
