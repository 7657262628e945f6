import { describe, expect, it } from 'vitest';
import { freshWork } from '../../../../harness/diagnose/detectors/fresh-work.ts';
import { codesOf, NOW_MS, opened, type SomeServer, some } from '../some-cluster.ts';

const NAME = `kubedrill-canary-work-${NOW_MS}`;
const NODE = some('nodes', 'n1');
/** As they are when somebody has looked at them, and as they are made. */
const REPLICA_SET = some('replicaSets', NAME, {}, { status: { observedGeneration: 1 } });
const UNSEEN_REPLICA_SET = some('replicaSets', NAME, {}, { status: {} });
const POD = some('pods', NAME, {}, { status: { conditions: [{ type: 'PodScheduled' }] } });
const UNSEEN_POD = some('pods', NAME, {}, { status: { phase: 'Pending' } });

async function given(server: SomeServer) {
  const writes: string[] = [];
  const onWrite = (method: string, url: string) => void writes.push(`${method} ${url}`);
  await using cluster = await opened([{ ...server, onWrite }]);
  return { found: await freshWork.detect(cluster.patient), writes };
}

describe('fresh-work', () => {
  it('is silent where both are looked at, and removes what it made', async () => {
    const { found, writes } = await given({ objects: [NODE, REPLICA_SET, POD] });
    expect(found).toMatchObject({ verdict: 'pass', findings: [] });
    expect(writes.toSorted()).toEqual([
      `DELETE /api/v1/namespaces/default/pods/${NAME}`,
      `DELETE /apis/apps/v1/namespaces/default/replicasets/${NAME}`,
      'POST /api/v1/namespaces/default/pods',
      'POST /apis/apps/v1/namespaces/default/replicasets',
    ]);
  });

  it.each([
    { code: 'controller-deaf', objects: [UNSEEN_REPLICA_SET, POD] },
    { code: 'scheduler-deaf', objects: [REPLICA_SET, UNSEEN_POD] },
  ])('finds $code, and removes what it made all the same', async ({ code, objects }) => {
    const { found, writes } = await given({ objects: [NODE, ...objects] });
    expect(codesOf(found)).toEqual([code]);
    expect(writes.filter((each) => each.startsWith('DELETE'))).toHaveLength(2);
  });

  it('says what is left where it cannot be removed, and how to remove it', async () => {
    const { found } = await given({ objects: [NODE, REPLICA_SET, POD], keeps: ['pods'] });
    expect(found.verdict).toBe('unknown');
    expect(found.reason).toContain(`kubectl --namespace default delete pods ${NAME}`);
  });

  it('blames nobody where a webhook lets nothing be made', async () => {
    const refuses = () => ({ code: 500, message: 'failed calling webhook' });
    const { found } = await given({ objects: [NODE], refuses });
    expect(found).toMatchObject({ verdict: 'unknown', findings: [] });
  });

  it('expects no controllers where there are no nodes', async () => {
    const { found, writes } = await given({ objects: [] });
    expect(found.verdict).toBe('skipped');
    expect(writes).toEqual([]);
  });
});
