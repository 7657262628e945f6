import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { drill, eventsIn, type Workplace, workplace } from './kubedrill.ts';

await requireTarget('process');

const TIMEOUT_MS = 5 * 60_000;

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

interface FaultDrill {
  fault: string;
  hosts?: string;
  with?: Record<string, unknown>;
  impact: 'quorum' | 'member' | 'none';
  runbook?: string;
  evidence: RegExp;
}

const FAULTS: readonly FaultDrill[] = [
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
  },
  {
    fault: 'partition',
    hosts: 'all',
    with: { groups: ['etcd-1', 'etcd-2', 'etcd-3'] },
    impact: 'quorum',
    evidence: /etcd-1 \| etcd-2 \| etcd-3/,
  },
  {
    fault: 'one-way-cut',
    hosts: '[etcd-1]',
    with: { from: 'etcd-2,etcd-3' },
    impact: 'member',
    evidence: /0 of 3 packets there, 3 of 3 back/,
  },
  {
    fault: 'swap-addresses',
    hosts: '[etcd-1, etcd-2]',
    impact: 'quorum',
    evidence: /of etcd-1 answers etcd-2, at that of etcd-2 etcd-1/,
  },
  {
    fault: 'clash-address',
    hosts: '[etcd-1]',
    impact: 'member',
    evidence: /of etcd-1 answers stranger/,
  },
  { fault: 'packet-loss', with: { percent: 30 }, impact: 'none', evidence: /of 200 packets/ },
  { fault: 'kill-etcd', impact: 'member', evidence: /was killed/ },
  { fault: 'wrong-mode', impact: 'none', evidence: /has mode 0 instead of 700/ },
  { fault: 'stop-etcd', hosts: 'majority', impact: 'quorum', evidence: /have stopped/ },
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

async function writeScenario(place: Workplace, call: FaultDrill): Promise<string> {
  const folder = join(place.directory, 'scenario');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'wait-until-healthy.md'), WAIT_UNTIL_HEALTHY);
  const scenario = `name: one-fault
summary: One fault, healed, with nothing lost
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

describe('a fault strikes, is seen, and nothing is lost once it is healed', {
  concurrent: true,
}, () => {
  for (const call of FAULTS) {
    const name = `${call.fault} on ${call.hosts ?? 'one'} ${JSON.stringify(call.with ?? {})}`;
    test(name, { timeout: TIMEOUT_MS }, async () => {
      await using place = await workplace();
      const out = join(place.directory, 'run');
      const { record } = await drill(place, [await writeScenario(place, call), '--out', out]);
      const reason = record.drills.map((each) => each.reason).join('\n');
      expect(record.verdict, reason).toBe('passed');
      const struck = eventsIn(out).find((event) => event.type === 'fault');
      expect(struck).toMatchObject({
        took: 'effect',
        evidence: expect.stringMatching(call.evidence),
      });
    });
  }
});

test('a fault that does no damage makes the drill ineffective', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const call: FaultDrill = { fault: 'stop-etcd', impact: 'quorum', evidence: /./ };
  const { ended, record } = await drill(place, [await writeScenario(place, call)]);
  expect(record.verdict).toBe('ineffective');
  expect(ended.exitCode).toBe(4);
});

test('where namespaces are not allowed, a fault of the network is skipped with its reason', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const call: FaultDrill = {
    fault: 'disconnect',
    impact: 'member',
    runbook: 'replace-member',
    evidence: /./,
  };
  const folder = await writeScenario(place, call);
  const { ended, record } = await drill(place, [folder], { KUBEDRILL_NAMESPACES: 'off' });
  expect(record.drills[0]).toMatchObject({
    verdict: 'skipped',
    reason: expect.stringContaining('disconnect'),
  });
  expect(ended.exitCode).toBe(3);
});
