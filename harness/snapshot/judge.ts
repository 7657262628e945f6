import type { Finding } from '../model/finding.ts';
import type { SnapshotVerdict } from '../model/verdict.ts';
import type { Inventory } from '../objects/inventory.ts';
import type { ResourceCount } from '../objects/resource-counts.ts';
import { verdictOf } from './codes.ts';
import type { BaselineRule } from './hazards/against-baseline.ts';
import { ClusterContentBuilder, type EncryptedSet } from './hazards/cluster-content.ts';
import type { EncryptionConfiguration } from './hazards/encryption-configuration.ts';
import type { Judgement } from './hazards/hazard.ts';
import { hazardFindings } from './hazards/index.ts';
import type { SnapshotReading, SnapshotTrailer } from './reading.ts';

export interface JudgeOptions extends Judgement {
  /** kube-apiserver's `--etcd-prefix`; `/registry` by default. */
  prefix?: string | undefined;
  encryption?: EncryptionConfiguration | undefined;
  baseline?: BaselineRule | undefined;
  /** Codes that do not count, unless they lead to reject. */
  allowed?: ReadonlySet<string> | undefined;
  /** Whether to return the inventory too; it costs time and memory. */
  inventory?: boolean | undefined;
}

/** One provider and key that encrypted values in the store. */
export interface EncryptionKeyUse {
  scheme: string;
  keyName: string;
  count: number;
  state: EncryptedSet['state'];
}

export interface SnapshotJudgement {
  verdict: SnapshotVerdict;
  /** Worst first. */
  findings: Finding[];
  trailer: SnapshotTrailer;
  /** null unless asked for, or needed for a baseline. */
  inventory: Inventory | null;
  resources: ResourceCount[];
  encryptionKeys: EncryptionKeyUse[];
  /** ms since 1970; null when nothing in the store carries a time. */
  newestWriteMs: number | null;
}

/** The whole verdict on a snapshot that was read: is it whole, what is in it, what will it do. */
export async function judgeSnapshot(
  reading: SnapshotReading,
  options: JudgeOptions,
): Promise<SnapshotJudgement> {
  const builder = new ClusterContentBuilder({
    prefix: options.prefix ?? '/registry',
    encryption: options.encryption,
    inventory: options.inventory === true || options.baseline !== undefined,
  });
  reading.eachLive((row) => builder.add(row));
  const content = builder.finish(reading.figures.revision);
  // With rows missing, every hazard that looks for something absent would cry wolf.
  const hazards = reading.complete ? hazardFindings(content, options) : [];
  const baseline = await baselineFindings(content.inventory, options.baseline);
  const findings = worstFirst([...(await reading.findings()), ...baseline, ...hazards]);
  return {
    verdict: verdictOf(findings, options.allowed),
    findings,
    trailer: await reading.trailer(),
    inventory: content.inventory,
    resources: content.resources,
    encryptionKeys: content.encrypted.map(({ scheme, keyName, objects, state }) => ({
      scheme,
      keyName,
      count: objects.length,
      state,
    })),
    newestWriteMs: content.newestWriteMs,
  };
}

/** Loaded only when there is a baseline: most verdicts do without, and should not wait for it. */
async function baselineFindings(
  inventory: Inventory | null,
  rule: BaselineRule | undefined,
): Promise<Finding[]> {
  if (rule === undefined || inventory === null) return [];
  const { againstBaseline } = await import('./hazards/against-baseline.ts');
  return againstBaseline(inventory, rule);
}

const SEVERITIES: readonly Finding['severity'][] = ['error', 'warning', 'info'];

/** Stable: findings of one severity keep their order. */
export function worstFirst(findings: Finding[]): Finding[] {
  return SEVERITIES.flatMap((severity) => findings.filter((each) => each.severity === severity));
}
