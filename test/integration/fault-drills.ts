import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TargetName } from '../../harness/model/scenario.ts';
import type { Workplace } from './process/kubedrill.ts';

/** The network or the disk is whole again when a recovery begins: what is left to do is to look. */
const WAIT_UNTIL_HEALTHY = `---
runbook: wait-until-healthy
summary: Starts what has stopped and waits until every member serves again.
---
## Start etcd where it has stopped

\`\`\`sh on=members parallel
systemctl start etcd
\`\`\`

## Wait until each member serves

\`\`\`sh on=members parallel timeout=90s
for try in $(seq 100); do
  if etcdctl endpoint health --command-timeout=2s; then exit 0; fi
  systemctl start etcd
  sleep 0.5
done
exit 1
\`\`\`
`;

/** A drill of one fault, and what it says it did. */
export interface FaultDrill {
  fault: string;
  hosts?: string;
  with?: Record<string, unknown>;
  impact: 'quorum' | 'member' | 'none';
  runbook?: string;
  evidence: RegExp;
  /** A scenario that is shipped plays it too; on a target where a drill is dear that is enough. */
  shipped?: true;
}

/** Such as every target with hosts of its own can do. */
export const FAULTS: readonly FaultDrill[] = [
  { fault: 'freeze', impact: 'member', evidence: /is frozen/ },
  { fault: 'freeze', hosts: 'majority', impact: 'quorum', evidence: /are frozen/ },
  { fault: 'disconnect', impact: 'member', evidence: /is disconnected/ },
  { fault: 'disconnect', hosts: 'majority', impact: 'quorum', evidence: /are disconnected/ },
  {
    fault: 'partition',
    hosts: '[etcd-1]',
    with: { groups: ['etcd-1', 'etcd-2,etcd-3'] },
    impact: 'member',
    evidence: /etcd-1 \| etcd-2,etcd-3/,
    shipped: true,
  },
  {
    fault: 'partition',
    hosts: 'all',
    with: { groups: ['etcd-1', 'etcd-2', 'etcd-3'] },
    impact: 'quorum',
    evidence: /etcd-1 \| etcd-2 \| etcd-3/,
    shipped: true,
  },
  {
    fault: 'one-way-cut',
    hosts: '[etcd-1]',
    with: { from: 'etcd-2,etcd-3' },
    impact: 'member',
    evidence: /0 of 3 packets there, 3 of 3 back/,
    shipped: true,
  },
  {
    fault: 'swap-addresses',
    hosts: '[etcd-1, etcd-2]',
    impact: 'quorum',
    evidence: /of etcd-1 answers etcd-2, at that of etcd-2 etcd-1/,
    shipped: true,
  },
  {
    fault: 'clash-address',
    hosts: '[etcd-1]',
    impact: 'member',
    evidence: /of etcd-1 answers stranger/,
    shipped: true,
  },
  {
    fault: 'packet-loss',
    with: { percent: 30 },
    impact: 'none',
    evidence: /of 200 packets/,
    shipped: true,
  },
  { fault: 'kill-etcd', impact: 'member', evidence: /was killed/ },
  { fault: 'wrong-mode', impact: 'none', evidence: /has mode 0 instead of 700/ },
  {
    fault: 'stop-etcd',
    hosts: 'majority',
    impact: 'quorum',
    evidence: /have stopped/,
    shipped: true,
  },
  { fault: 'power-off', hosts: 'all', impact: 'quorum', evidence: /are off/ },
  { fault: 'fill-disk', impact: 'none', evidence: /is full/ },
  {
    fault: 'corrupt',
    with: { what: 'wal', offset: 0, length: 65_536 },
    impact: 'member',
    runbook: 'replace-member',
    evidence: /wal of etcd-\d was overwritten/,
  },
  {
    fault: 'corrupt',
    with: { what: 'meta' },
    impact: 'member',
    runbook: 'replace-member',
    evidence: /meta of etcd-\d was overwritten, 8192 bytes/,
  },
];

export async function writeScenario(
  place: Workplace,
  call: FaultDrill,
  target: TargetName,
): Promise<string> {
  const folder = join(place.directory, 'scenario');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'wait-until-healthy.md'), WAIT_UNTIL_HEALTHY);
  const scenario = `name: one-fault
summary: One fault, healed, with nothing lost
targets: [${target}]
topology: { members: 3, controlPlanes: 0 }
faults:
  - fault: ${call.fault}
    hosts: ${call.hosts ?? 'one'}
    with: ${JSON.stringify(call.with ?? {})}
impact: ${call.impact}
restores: false
recovery:
  - runbook: ${call.runbook ?? 'wait-until-healthy.md'}
`;
  await writeFile(join(folder, 'scenario.yaml'), scenario);
  return folder;
}

export function nameOf({ fault, hosts, with: parameters }: FaultDrill): string {
  return `${fault} on ${hosts ?? 'one'} ${JSON.stringify(parameters ?? {})}`;
}
