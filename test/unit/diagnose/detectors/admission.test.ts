import { describe, expect, it } from 'vitest';
import { apiServices } from '../../../../harness/diagnose/detectors/api-services.ts';
import { podAdmission } from '../../../../harness/diagnose/detectors/pod-admission.ts';
import { codesOf, opened, type SomeServer, some } from '../some-cluster.ts';

const NAMESPACES = [some('namespaces', 'default'), some('namespaces', 'shop')];
const WEBHOOK = some(
  'mutating',
  'kruise',
  {},
  {
    webhooks: [
      {
        name: 'mpod.kb.io',
        clientConfig: { service: { namespace: 'shop', name: 'webhook' } },
        rules: [{ apiGroups: [''], resources: ['pods'], operations: ['CREATE'] }],
      },
    ],
  },
);
const FAILED =
  'failed calling webhook "mpod.kb.io": failed to call webhook: no endpoints available for service "webhook"';

async function admission(server: Partial<SomeServer>) {
  const writes: string[] = [];
  const onWrite = (method: string, url: string) => writes.push(`${method} ${url}`);
  await using cluster = await opened([{ objects: NAMESPACES, onWrite, ...server }]);
  return { ...(await podAdmission.detect(cluster.patient)), writes };
}

describe('pod-admission', () => {
  it('is silent where pods are admitted, and only ever asks for a dry run', async () => {
    const { verdict, findings, writes } = await admission({});
    expect({ verdict, findings }).toEqual({ verdict: 'pass', findings: [] });
    expect(writes).toEqual(
      ['default', 'shop'].map((name) => `POST /api/v1/namespaces/${name}/pods?dryRun=All`),
    );
  });

  it('names the webhook that cannot be called, its cause and the configuration to delete', async () => {
    const { findings } = await admission({
      objects: [...NAMESPACES, WEBHOOK, some('services', 'webhook', { namespace: 'shop' })],
      refuses: () => ({ code: 500, message: FAILED }),
    });
    expect(codesOf({ findings })).toEqual(['pod-webhook-no-endpoints']);
    expect(findings[0]?.message).toContain('default and shop');
    expect(findings[0]?.cure).toContain('kubectl delete mutatingwebhookconfiguration/kruise');
  });

  it('finds a webhook that only an old connection still reaches', async () => {
    const { findings } = await admission({ objects: [...NAMESPACES, WEBHOOK] });
    expect(codesOf({ findings })).toEqual(['pod-webhook-hollow']);
  });

  it('is silent on a policy that says no', async () => {
    const message = 'admission webhook "policy" denied the request: no latest tags';
    expect((await admission({ refuses: () => ({ code: 403, message }) })).findings).toEqual([]);
  });

  it('finds Namespaces that kube-controller-manager has not furnished', async () => {
    const message =
      'error looking up service account shop/default: serviceaccount "default" not found';
    const refuses = (name: string) => (name === 'shop' ? { code: 403, message } : undefined);
    const { findings } = await admission({ refuses });
    expect(findings).toMatchObject([{ code: 'default-service-account-missing', where: 'shop' }]);
  });

  it('does not know where it may not try', async () => {
    const message = 'pods is forbidden: User "x" cannot create resource "pods" in API group ""';
    const { verdict, reason, findings } = await admission({
      refuses: () => ({ code: 403, message }),
    });
    expect({ verdict, findings }).toEqual({ verdict: 'unknown', findings: [] });
    expect(reason).toContain('no right to try a pod in 2 Namespaces');
  });

  it('leaves the Namespace of drills alone, which trying would complete', async () => {
    const { writes } = await admission({ objects: [some('namespaces', 'kubedrill-canary')] });
    expect(writes).toEqual([]);
  });
});

describe('api-services', () => {
  it.each([
    { status: 'False', codes: ['apiservice-unavailable'] },
    { status: 'True', codes: [] },
  ])('finds $codes where Available is $status', async ({ status, codes }) => {
    const service = { namespace: 'kube-system', name: 'metrics' };
    const conditions = [{ type: 'Available', status, message: 'endpoints are missing' }];
    const aggregated = some(
      'apiServices',
      'v1.m',
      {},
      { spec: { service }, status: { conditions } },
    );
    await using cluster = await opened([{ objects: [aggregated] }]);
    expect(codesOf(await apiServices.detect(cluster.patient))).toEqual(codes);
  });
});
