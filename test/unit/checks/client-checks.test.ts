import { describe, expect, test } from 'vitest';
import { apiReads } from '../../../harness/checks/api-reads.ts';
import { budgets } from '../../../harness/checks/budgets.ts';
import { freshObject } from '../../../harness/checks/fresh-object.ts';
import { leaderLeases } from '../../../harness/checks/leader-leases.ts';
import { podAdmission } from '../../../harness/checks/pod-admission.ts';
import { watches } from '../../../harness/checks/watches.ts';
import { counted, lasted, listed } from '../../../harness/checks/wording.ts';
import { alter, alterOn, withFacts } from '../../planted/defect.ts';
import { healthy, ref, withWebhook } from '../../planted/healthy.ts';

describe('pod-admission', () => {
  const refusedBy = (error: string) =>
    podAdmission.examine(alter(healthy(), 'pod-admission', (seen) => ({ ...seen, error })));

  test('one webhook that refuses everywhere is one finding that names it in the cure', () => {
    const { findings } = refusedBy('failed calling webhook "mpod.kb.io": connection refused');
    expect(findings).toHaveLength(1);
    expect(findings[0]?.where).toBe('etcd-1, etcd-2 and etcd-3');
    expect(findings[0]?.cure).toContain('the webhook mpod.kb.io');
  });

  test('the evidence behind the webhook names the configuration, the deadlock and what is spared', () => {
    const sound = { exists: true, endpoints: ['10.77.0.12'] };
    const error = 'failed calling webhook "mpod.kb.io": connect: connection refused';
    const view = alter(withWebhook(healthy(), sound), 'pod-admission', (seen) =>
      seen.source === 'etcd-3' ? seen : { ...seen, namespace: 'kruise-system', error },
    );
    const [found, ...others] = podAdmission.examine(view).findings;
    expect(others).toEqual([]);
    expect(found?.message).toContain('kruise-webhook-service has ready endpoints 10.77.0.12');
    expect(found?.message).toContain('its own operator in kruise-system are refused, too');
    expect(found?.message).toContain('Pods in shop are admitted.');
    expect(found?.cure).toContain('kubectl delete mutatingwebhookconfiguration/kruise');
  });

  test('a webhook that has its endpoint is no finding', () => {
    const view = withWebhook(healthy(), { exists: true, endpoints: ['10.77.0.12'] });
    expect(podAdmission.examine(view).verdict).toBe('pass');
  });

  test('another refusal is told in its own words', () => {
    const { findings } = refusedBy('pods "probe" is forbidden');
    expect(findings[0]?.message).toContain('pods "probe" is forbidden');
    expect(findings[0]?.cure).not.toContain('webhook');
  });
});

describe('leader-leases', () => {
  test('a lease that came out of the snapshot is told as such', () => {
    const view = alter(healthy(), 'leader-lease', (lease) => ({
      ...lease,
      renewedAtMs: lease.atMs - 120_000,
      renewedWhileWatched: false,
    }));
    const { findings } = leaderLeases.examine(view);
    expect(findings).toHaveLength(2);
    expect(findings[0]?.message).toContain('last renewed 2 min ago. It came out of the snapshot.');
  });

  test('both leases must have been looked at', () => {
    const view = alter(healthy(), 'leader-lease', (lease) =>
      lease.name === 'kube-scheduler' ? null : lease,
    );
    expect(leaderLeases.examine(view)).toMatchObject({
      verdict: 'unknown',
      reason: 'the lease kube-scheduler was not looked at',
    });
  });
});

describe('watches', () => {
  test('a watch that was ended with 410 and is right again is no finding', () => {
    const view = alter(healthy(), 'watch-client', (client) => ({ ...client, expiredCount: 3 }));
    expect(watches.examine(view).verdict).toBe('pass');
  });

  test('one that was told so and is wrong all the same is one', () => {
    const view = alterOn(healthy(), 'watch-client', 'etcd-2', (client) => ({
      ...client,
      staleMs: 61_000,
    }));
    const { findings } = watches.examine(view);
    expect(findings.map(({ where }) => where)).toEqual(['etcd-2']);
    expect(findings[0]?.message).toContain('1 min 1 s');
    expect(findings[0]?.message).toContain(
      'told 410 before, has listed anew, and is wrong all the same',
    );
  });

  test('clients that are wrong about the same objects are one finding', () => {
    const missing = [ref('', 'configmaps', 'shop', 'made-since')];
    const view = alter(healthy(), 'watch-client', (client) => ({ ...client, missing }));
    const { findings } = watches.examine(view);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ where: 'etcd-1, etcd-2 and etcd-3', objects: missing });
  });
});

describe('fresh-object', () => {
  test('the API servers that do not list it are named together', () => {
    const view = alter(healthy(), 'fresh-object', (seen) => ({ ...seen, listedAfterMs: null }));
    const { findings } = freshObject.examine(view);
    expect(findings.map(({ where }) => where)).toEqual(['etcd-1, etcd-2 and etcd-3']);
    expect(findings[0]?.objectCount).toBe(3);
  });
});

describe('api-reads', () => {
  test('one error of two resources is one finding', () => {
    const view = alterOn(healthy(), 'api-list', 'etcd-1', (list) =>
      list.resource === 'secrets' || list.resource === 'configmaps'
        ? { ...list, error: 'storage is (re)initializing' }
        : list,
    );
    const { findings } = apiReads.examine(view);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toContain('Listing configmaps and secrets through etcd-1 fails');
  });
});

describe('budgets', () => {
  test('a recovery of exactly the budget is within it', () => {
    const view = withFacts(healthy(), { budgets: { rtoMs: 12_000, rpoMs: 4_000 } });
    expect(budgets.examine(view).verdict).toBe('pass');
  });

  test('a budget without a measurement is unknown', () => {
    expect(budgets.examine(withFacts(healthy(), { rto: null })).verdict).toBe('unknown');
    expect(budgets.examine(withFacts(healthy(), { rpo: null })).verdict).toBe('unknown');
  });

  test('no budgets, nothing to hold against', () => {
    expect(budgets.examine(withFacts(healthy(), { budgets: {} })).verdict).toBe('skipped');
  });

  test('a recovery that took too long is told with its milestones in words, and where it took longest', () => {
    const milestones = { settled: 150_000, 'API serving': 140_000, 'etcd serving': 30_000 };
    const late = { rto: { totalMs: 150_000, milestones }, budgets: { rtoMs: 120_000 } };
    const { findings } = budgets.examine(withFacts(healthy(), late));
    expect(findings[0]).toMatchObject({ code: 'rto-exceeded', where: 'API serving' });
    expect(findings[0]?.message).toBe(
      'RTO 2 min 30 s, the budget is 2 min; etcd serving after 30 s, API serving after 2 min 20 s,' +
        ' settled after 2 min 30 s.',
    );
  });

  test('a recovery that was given up is too late when the budget had passed, and unknown before', () => {
    const unsettled = (unsettledMs: number) =>
      budgets.examine(withFacts(healthy(), { rto: null, unsettledMs }));
    expect(unsettled(29_000).verdict).toBe('unknown');
    expect(unsettled(31_000).findings.map(({ message }) => message)).toEqual([
      'RTO: not everything had settled 31 s after the fault, the budget is 30 s.',
    ]);
  });

  test('of the outages of a service the longest is told, where it has a budget', () => {
    const outages = [
      { service: 'api', startMs: 0, endMs: 11_000 },
      { service: 'api', startMs: 15_000, endMs: 27_400 },
      { service: 'dns', startMs: 0, endMs: 90_000 },
    ] as const;
    const { findings } = budgets.examine(withFacts(healthy(), { outages }));
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual(['outage-exceeded api']);
    expect(findings[0]?.message).toBe(
      'The API was out for 12.4 s, from 15 s to 27.4 s after the fault; the budget is 10 s.',
    );
  });

  test('an outage of exactly the budget is within it, and one that nobody measured is unknown', () => {
    const outages = [{ service: 'api', startMs: 1_000, endMs: 11_000 }] as const;
    expect(budgets.examine(withFacts(healthy(), { outages })).verdict).toBe('pass');
    expect(budgets.examine(withFacts(healthy(), { outages: undefined })).verdict).toBe('unknown');
  });
});

test('hosts, counts and times are written as people say them', () => {
  expect(listed([])).toBe('nothing');
  expect(listed(['a'])).toBe('a');
  expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
  expect(counted(1, 'object')).toBe('1 object');
  expect(counted(0, 'object')).toBe('0 objects');
  expect([
    lasted(850),
    lasted(12_440),
    lasted(200_000),
    lasted(120_000),
    lasted(93_840_000),
  ]).toEqual(['850 ms', '12.4 s', '3 min 20 s', '2 min', '26 h 4 min']);
});
