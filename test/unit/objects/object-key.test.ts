import { describe, expect, test } from 'vitest';
import { isVolatile, keyText, parseObjectKey } from '../../../harness/objects/object-key.ts';

function place(key: string, prefix?: string): string | null {
  const parsed = parseObjectKey(key, prefix);
  if (parsed === null) return null;
  return `${parsed.group}|${parsed.resource}|${parsed.namespace}|${parsed.name}`;
}

describe('an etcd key of kube-apiserver', () => {
  test.each([
    ['/registry/pods/shop/web-1', '|pods|shop|web-1'],
    ['/registry/minions/node-a', '|nodes|null|node-a'],
    ['/registry/services/specs/shop/web', '|services|shop|web'],
    ['/registry/services/endpoints/shop/web', '|endpoints|shop|web'],
    ['/registry/controllers/shop/old', '|replicationcontrollers|shop|old'],
    ['/registry/ingress/shop/web', 'networking.k8s.io|ingresses|shop|web'],
    ['/registry/deployments/shop/web', 'apps|deployments|shop|web'],
    [
      '/registry/clusterroles/system:node',
      'rbac.authorization.k8s.io|clusterroles|null|system:node',
    ],
    ['/registry/ipaddresses/10.96.0.1', 'networking.k8s.io|ipaddresses|null|10.96.0.1'],
    [
      '/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.drill.example.com',
      'apiextensions.k8s.io|customresourcedefinitions|null|widgets.drill.example.com',
    ],
    ['/registry/drill.example.com/widgets/shop/w1', 'drill.example.com|widgets|shop|w1'],
    ['/registry/drill.example.com/zones/north', 'drill.example.com|zones|null|north'],
    ['/registry/masterleases/10.0.0.1', '(internal)|masterleases|null|10.0.0.1'],
    ['/registry/ranges/servicenodeports', '(internal)|ranges|null|servicenodeports'],
  ])('%s is %s', (key, expected) => {
    expect(place(key)).toBe(expected);
  });

  test('of a resource newer than our table keeps its place and says that the group is not known', () => {
    expect(parseObjectKey('/registry/gadgets/shop/g1')).toEqual({
      group: '',
      resource: 'gadgets',
      namespace: 'shop',
      name: 'g1',
      origin: 'unlisted',
    });
  });

  test.each([
    'compact_rev_key',
    '/drill/canary',
    '/registry/pods',
    '/registry/pods/shop',
    '/registry/',
    '/registry/pods//x',
    '/registryx/pods/a/b',
  ])('%s stands for no object', (key) => {
    expect(parseObjectKey(key)).toBeNull();
  });

  test('is read under another prefix, with or without a closing slash', () => {
    expect(place('/kubernetes.io/pods/shop/web', '/kubernetes.io')).toBe('|pods|shop|web');
    expect(place('/kubernetes.io/pods/shop/web', '/kubernetes.io/')).toBe('|pods|shop|web');
    expect(place('/registry/pods/shop/web', '/kubernetes.io')).toBeNull();
  });

  test('keeps two keys apart that are not UTF-8', () => {
    expect(keyText(Uint8Array.of(0x61, 0xff))).toBe('a\\xff');
    expect(keyText(Uint8Array.of(0x61, 0xfe))).toBe('a\\xfe');
    expect(keyText(Buffer.from('/app/größe'))).toBe('/app/größe');
  });

  test('of events, leases and bookkeeping is volatile, of a ConfigMap not', () => {
    const volatileOf = (key: string) => {
      const parsed = parseObjectKey(key);
      return parsed === null ? null : isVolatile(parsed);
    };
    expect(volatileOf('/registry/events/shop/e')).toBe(true);
    expect(volatileOf('/registry/leases/kube-system/kcm')).toBe(true);
    expect(volatileOf('/registry/masterleases/10.0.0.1')).toBe(true);
    expect(volatileOf('/registry/configmaps/shop/settings')).toBe(false);
  });
});
