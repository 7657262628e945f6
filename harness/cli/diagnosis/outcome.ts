import type { Diagnosis } from '../../diagnose/index.ts';
import type { Patient } from '../../diagnose/patient.ts';
import { STAGES, type Stage } from '../../diagnose/stages.ts';
import type { Finding } from '../../model/finding.ts';
import { EXIT } from '../../model/verdict.ts';
import type { DiagnosisDocument } from './document.ts';

export interface OrderedFinding {
  /** From 1: in which order cures are applied. */
  order: number;
  stage: Stage;
  detector: string;
  finding: Finding;
}

/** What one look at a cluster came to. */
export interface Outcome {
  verdict: 'findings' | 'healthy' | 'unknown';
  findings: OrderedFinding[];
  diagnoses: Diagnosis[];
  kubeconfig: string;
  context: string;
  apiServers: { name: string; url: string; problem: string | null }[];
  etcd: { name: string; problem: string | null }[];
  canary: boolean;
  startedAtMs: number;
  tookMs: number;
}

export const EXIT_OF_OUTCOME: Record<Outcome['verdict'], number> = {
  findings: EXIT.failed,
  healthy: EXIT.ok,
  unknown: EXIT.inconclusive,
};

const WEIGHT: Record<Finding['severity'], number> = { error: 0, warning: 1, info: 2 };

export function outcomeOf(
  diagnoses: Diagnosis[],
  patient: Patient,
  about: Pick<Outcome, 'kubeconfig' | 'context' | 'canary' | 'startedAtMs' | 'tookMs'>,
): Outcome {
  const findings = diagnoses
    .flatMap(({ detector, examination }) =>
      examination.findings.map((finding) => ({ detector, finding })),
    )
    .sort(
      (a, b) =>
        STAGES.indexOf(a.detector.stage) - STAGES.indexOf(b.detector.stage) ||
        WEIGHT[a.finding.severity] - WEIGHT[b.finding.severity],
    )
    .map(({ detector: { name, stage }, finding }, index) => ({
      order: index + 1,
      stage,
      detector: name,
      finding,
    }));
  const sick = findings.some(({ finding }) => finding.severity !== 'info');
  const blind = diagnoses.some(({ examination }) => examination.verdict === 'unknown');
  const { servers, members } = patient.parts;
  return {
    verdict: sick ? 'findings' : blind ? 'unknown' : 'healthy',
    findings,
    diagnoses,
    apiServers: servers.map(({ host, url, down }) => ({ name: host, url, problem: down })),
    etcd: members.map(({ host, down }) => ({ name: host, problem: down })),
    ...about,
  };
}

export function outcomeJson(outcome: Outcome): string {
  const { verdict, context, startedAtMs, tookMs, apiServers, etcd, canary } = outcome;
  const document: DiagnosisDocument = {
    schemaVersion: 1,
    verdict,
    context,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: tookMs,
    wroteCanary: canary,
    apiServers,
    etcd,
    findings: outcome.findings.map(({ order, stage, detector, finding }) => ({
      order,
      stage,
      detector,
      ...finding,
    })),
    detectors: outcome.diagnoses.map(({ detector: { name, title, stage }, examination }) => ({
      name,
      title,
      stage,
      verdict: examination.verdict,
      reason: examination.reason,
      findingCodes: [...new Set(examination.findings.map(({ code }) => code))],
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
