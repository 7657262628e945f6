import type { Check, CheckView, DrillFacts, Examination } from '../model/check.ts';
import { addresses } from './addresses.ts';
import { aftermath } from './aftermath.ts';
import { alarms } from './alarms.ts';
import { apiReads } from './api-reads.ts';
import { apiServers } from './api-servers.ts';
import { backups } from './backups.ts';
import { budgets } from './budgets.ts';
import { certificates } from './certificates.ts';
import { customResources } from './custom-resources.ts';
import { dnsNames } from './dns-names.ts';
import { encryption } from './encryption.ts';
import { skipped, unknown } from './examination.ts';
import { freshEvidence } from './fresh-evidence.ts';
import { freshObject } from './fresh-object.ts';
import { identity } from './identity.ts';
import { ingress } from './ingress.ts';
import { kubeletPods } from './kubelet-pods.ts';
import { leaderLeases } from './leader-leases.ts';
import { listRevision } from './list-revision.ts';
import { membership } from './membership.ts';
import { nodes } from './nodes.ts';
import { objectContent } from './object-content.ts';
import { objectCounts } from './object-counts.ts';
import { objectViews } from './object-views.ts';
import { orphans } from './orphans.ts';
import { peers } from './peers.ts';
import { podAdmission } from './pod-admission.ts';
import { prediction } from './prediction.ts';
import { replication } from './replication.ts';
import { revision } from './revision.ts';
import { sentinels } from './sentinels.ts';
import { serviceEndpoints } from './service-endpoints.ts';
import { serviceRules } from './service-rules.ts';
import { staticPods } from './static-pods.ts';
import { tokens } from './tokens.ts';
import { watches } from './watches.ts';
import { workload } from './workload.ts';
import { writes } from './writes.ts';

/** All checks; one whose code explains another's findings stands before it. */
export const CHECKS: readonly Check[] = [
  addresses,
  peers,
  identity,
  membership,
  alarms,
  writes,
  replication,
  sentinels,
  revision,
  objectCounts,
  objectContent,
  prediction,
  aftermath,
  orphans,
  encryption,
  apiServers,
  apiReads,
  listRevision,
  objectViews,
  freshObject,
  customResources,
  podAdmission,
  tokens,
  workload,
  watches,
  dnsNames,
  ingress,
  leaderLeases,
  nodes,
  kubeletPods,
  freshEvidence,
  serviceEndpoints,
  serviceRules,
  staticPods,
  certificates,
  backups,
  budgets,
];

export function checkByName(name: string): Check | undefined {
  return CHECKS.find((check) => check.name === name);
}

export interface Examined {
  check: Check;
  examination: Examination;
}

/**
 * Runs all checks on one set of observations, in their order. A check that throws is unknown; one
 * that does not apply, or whose findings an earlier one explains, is skipped with the reason.
 * @param skipChecks names that the scenario leaves out.
 */
export function examineAll(view: CheckView, skipChecks: readonly string[] = []): Examined[] {
  const results: Examined[] = [];
  for (const check of CHECKS) {
    const reason = skipChecks.includes(check.name)
      ? 'the scenario leaves it out'
      : whySkipped(check, view, results);
    const examination = reason === null ? examineSafely(check, view) : skipped(reason);
    results.push({ check, examination });
  }
  return results;
}

/** Whether a finding with this code may pass by itself within a minute, so must be polled for. */
export function mayHeal(code: string): boolean {
  return CHECKS.some((check) => check.codes.some((known) => known.code === code && known.heals));
}

const WHY_NOT_NOW: Record<CheckView['phase'], string> = {
  baseline: 'it compares with the baseline, which is made now',
  impact: 'it says nothing while the fault lasts',
  verify: 'it has its say before the recovery',
};

function whySkipped(check: Check, view: CheckView, earlier: readonly Examined[]): string | null {
  if (!check.phases.includes(view.phase)) return WHY_NOT_NOW[view.phase];
  const lacking = check.needs.find((need) => !has(view.facts, need));
  if (lacking !== undefined) return LACKING[lacking];
  for (const { check: cause, examination } of earlier) {
    const explaining = examination.findings.find(({ code }) => check.explainedBy.includes(code));
    if (explaining !== undefined) return `${explaining.code}, found by ${cause.name}, explains it`;
  }
  return null;
}

function has(facts: DrillFacts, need: Check['needs'][number]): boolean {
  if (need === 'dns') return (facts.dnsServers ?? []).length > 0;
  if (need === 'ingress') return (facts.ingress ?? []).length > 0;
  if (need === 'nodes') return (facts.nodes ?? []).length > 0;
  if (need === 'controllers') return facts.controllers;
  if (need === 'api-servers') return facts.apiServers.length > 0;
  return facts.follows?.includes(need) ?? false;
}

const LACKING: Record<Check['needs'][number], string> = {
  'api-servers': 'this drill runs no API server',
  controllers: 'this drill runs no controller-manager and no scheduler',
  dns: 'this drill runs no CoreDNS',
  ingress: 'this drill runs no ingress controller',
  nodes: 'this drill runs no kubelet',
  prediction: 'this drill does not foretell what its restore does',
  token: 'this drill has no client that keeps a token',
  workload: 'this drill starts no workload after the recovery',
};

function examineSafely(check: Check, view: CheckView): Examination {
  try {
    return check.examine(view);
  } catch (error) {
    return unknown(`the check itself failed, which is a bug of kubedrill: ${String(error)}`);
  }
}
