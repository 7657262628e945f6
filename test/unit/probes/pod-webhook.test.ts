import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ApiServer } from '../../../harness/kube/api-server.ts';
import { podWebhook } from '../../../harness/probes/pod-webhook.ts';
import { looking } from './looking.ts';

const MUTATING = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const SERVICE = '/api/v1/namespaces/kruise-system/services/webhook';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/kruise-system/endpointslices';

const ON_PODS = { apiGroups: [''], resources: ['pods'], operations: ['CREATE'] };

let close = () => {};
afterEach(() => close());

function configuration(webhook: object) {
  const service = { namespace: 'kruise-system', name: 'webhook' };
  const whole = { name: 'mpod.kb.io', clientConfig: { service }, rules: [ON_PODS], ...webhook };
  return { metadata: { name: 'kruise' }, webhooks: [whole] };
}

/** @param objects by path: an array is a list; what is not there is answered with 404. */
async function look(objects: Record<string, object>) {
  const server = createServer(({ url = '' }, answer) => {
    const found = objects[url.split('?')[0] ?? ''];
    const list = Array.isArray(found) || url.includes('limit=');
    const items = { metadata: { resourceVersion: '7' }, items: found ?? [] };
    answer.writeHead(found || list ? 200 : 404).end(JSON.stringify(list ? items : (found ?? {})));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const api = new ApiServer({ host: 'cp-1', url: `http://127.0.0.1:${port}` });
  close = () => {
    api.close();
    server.close();
  };
  return podWebhook.look(
    looking({ apiServers: [{ host: 'cp-1', up: { api, discovered: [] }, down: null }] }),
  );
}

function slice(...endpoints: object[]) {
  return { metadata: { name: 'webhook-1' }, endpoints };
}

test('a webhook on pods is told with the ready endpoints behind its Service', async () => {
  const seen = await look({
    [MUTATING]: [configuration({})],
    [SERVICE]: { metadata: { name: 'webhook' } },
    [SLICES]: [
      slice(
        { addresses: ['10.77.0.12'], conditions: { ready: true } },
        { addresses: ['10.77.0.13'], conditions: { ready: false } },
        { addresses: ['10.77.0.14'] },
      ),
    ],
  });
  expect(seen).toMatchObject([
    {
      kind: 'pod-webhook',
      name: 'mpod.kb.io',
      configuration: 'mutatingwebhookconfiguration/kruise',
      service: { exists: true, endpoints: ['10.77.0.12', '10.77.0.14'] },
    },
  ]);
});

test('a Service that is gone is told as such', async () => {
  const seen = await look({ [MUTATING]: [configuration({})] });
  expect(seen).toMatchObject([{ service: { exists: false, endpoints: [] } }]);
});

test('one that is called by a URL has no Service', async () => {
  const seen = await look({
    [MUTATING]: [configuration({ clientConfig: { url: 'https://policy.example' } })],
  });
  expect(seen).toMatchObject([{ service: null }]);
});

test.each([
  ['lets pods through when it fails', { failurePolicy: 'Ignore' }],
  ['is asked about other things', { rules: [{ ...ON_PODS, resources: ['configmaps'] }] }],
  ['is asked about deletions', { rules: [{ ...ON_PODS, operations: ['DELETE'] }] }],
  ['is asked about another group', { rules: [{ ...ON_PODS, apiGroups: ['apps'] }] }],
])('a webhook that %s stops no pod', async (_, webhook) => {
  expect(await look({ [MUTATING]: [configuration(webhook)] })).toEqual([]);
});

test('a webhook on everything is one on pods', async () => {
  const rules = [{ apiGroups: ['*'], resources: ['*/*'], operations: ['*'] }];
  expect(await look({ [MUTATING]: [configuration({ rules })] })).toHaveLength(1);
});
