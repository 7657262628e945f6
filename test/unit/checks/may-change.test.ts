import { describe, expect, test } from 'vitest';
import { comesAndGoes, mayDiffer } from '../../../harness/checks/may-change.ts';
import { withFacts } from '../../planted/defect.ts';
import { healthy, plainKey, ref } from '../../planted/healthy.ts';

const alone = healthy({ controllers: false }).facts;
const controlled = healthy({ controllers: true }).facts;

describe('what may differ after a perfect recovery', () => {
  test.each([
    ref('', 'events', 'shop', 'web.1'),
    ref('coordination.k8s.io', 'leases', 'kube-node-lease', 'node-1'),
    ref('(internal)', 'masterleases', null, '10.77.0.11'),
    ref('', 'endpoints', 'default', 'kubernetes'),
    ref('discovery.k8s.io', 'endpointslices', 'default', 'kubernetes'),
  ])('$resource $name comes and goes in any drill', (object) => {
    expect(comesAndGoes(object, alone)).toBe(true);
    expect(mayDiffer(object, alone)).toBe(true);
  });

  test.each([
    ref('', 'secrets', 'shop', 'token'),
    ref('', 'configmaps', 'shop', 'prices'),
    ref('example.com', 'events', 'shop', 'concert'),
    ref('rbac.authorization.k8s.io', 'rolebindings', 'shop', 'reader'),
  ])('$resource $namespace/$name stays as it was', (object) => {
    for (const facts of [alone, controlled]) expect(mayDiffer(object, facts)).toBe(false);
  });

  test('only the Service kubernetes of the namespace default is the API server itself', () => {
    expect(comesAndGoes(ref('', 'endpoints', 'shop', 'kubernetes'), alone)).toBe(false);
    expect(mayDiffer(ref('', 'services', 'shop', 'kubernetes'), alone)).toBe(false);
    expect(mayDiffer(ref('', 'services', 'default', 'kubernetes'), alone)).toBe(true);
  });

  test('pods and the status of Deployments belong to controllers where there are some', () => {
    const pod = ref('', 'pods', 'shop', 'web-1');
    const deployment = ref('apps', 'deployments', 'shop', 'web');
    expect(comesAndGoes(pod, alone)).toBe(false);
    expect(comesAndGoes(pod, controlled)).toBe(true);
    expect(mayDiffer(deployment, alone)).toBe(false);
    expect(mayDiffer(deployment, controlled)).toBe(true);
    expect(comesAndGoes(deployment, controlled)).toBe(false);
  });

  test('where the drill itself writes nothing is compared', () => {
    const { facts } = withFacts(healthy(), {
      scratch: { namespaces: ['canaries'], keyPrefixes: ['/drill/canary/'] },
    });
    expect(comesAndGoes(ref('', 'configmaps', 'canaries', 'c-1'), facts)).toBe(true);
    expect(comesAndGoes(ref('', 'namespaces', null, 'canaries'), facts)).toBe(true);
    expect(comesAndGoes(plainKey('/drill/canary/7'), facts)).toBe(true);
    expect(comesAndGoes(plainKey('/drill/objects/7'), facts)).toBe(false);
    expect(comesAndGoes(ref('', 'configmaps', 'shop', 'prices'), facts)).toBe(false);
  });
});
