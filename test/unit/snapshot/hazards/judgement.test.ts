import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { serviceAccountKeyId } from '../../../../harness/snapshot/hazards/service-account-keys.ts';
import {
  certificateFor,
  codesOf,
  findingsAbout,
  healthyCluster,
  object,
  type Store,
  secret,
  webhookConfiguration,
} from './cluster.ts';

const WEBHOOK = '/registry/mutatingwebhookconfigurations/guard';
const SLICE = '/registry/endpointslices/guard/hook-x';

describe('webhooks', () => {
  test('name the namespaces that are spared and the command that cures', () => {
    const [found] = findingsAbout({
      ...healthyCluster(),
      [SLICE]: object('discovery.k8s.io/v1 EndpointSlice', 'hook-x'),
    });
    expect(found?.message).toContain('any namespace but kube-system and guard');
    expect(found?.cure).toContain('kubectl delete mutatingwebhookconfiguration guard');
  });

  test('whose caBundle did not sign the stored certificate are told, others not', async () => {
    const own = await certificateFor('hook.guard.svc', '2036-01-01T00:00:00Z');
    const foreign = await certificateFor('hook.guard.svc', '2036-01-01T00:00:00Z');
    const withCa = (pem: string): Store => ({
      ...healthyCluster(),
      '/registry/secrets/guard/tls': secret('tls', 'kubernetes.io/tls', { 'tls.crt': own }),
      [WEBHOOK]: webhookConfiguration({
        clientConfig: {
          service: { namespace: 'guard', name: 'hook' },
          caBundle: Buffer.from(pem).toString('base64'),
        },
      }),
    });
    expect(codesOf(findingsAbout(withCa(foreign)))).toEqual(['webhook-ca-mismatch']);
    expect(findingsAbout(withCa(own))).toEqual([]);
  });
});

describe('certificates in Secrets', () => {
  test('are judged at the time asked for', async () => {
    const pem = await certificateFor('web.example.com', '2026-11-25T12:00:00Z');
    const store = {
      ...healthyCluster(),
      '/registry/secrets/shop/tls': secret('tls', 'kubernetes.io/tls', { 'tls.crt': pem }),
    };
    expect(findingsAbout(store)).toEqual([]);
    const later = findingsAbout(store, { asOfMs: Date.parse('2026-11-26T12:00:00Z') });
    expect(codesOf(later)).toEqual(['expired-certificate-in-secret']);
  });
});

describe('permanent API server addresses', () => {
  const key = '/registry/masterleases/10.0.0.1';
  const store = { ...healthyCluster(), [key]: object('v1 Endpoints', '10.0.0.1') };

  test('are told when the key lost its lease', () => {
    expect(codesOf(findingsAbout(store))).toEqual(['master-lease-permanent']);
    expect(findingsAbout(store, { leased: [key] })).toEqual([]);
  });
});

describe('service-account tokens', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const der = pair.publicKey.export({ type: 'spki', format: 'der' });
  const kid = createHash('sha256').update(der).digest('base64url');
  const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid })).toString('base64url');
  const token = `${header}.e30.c2ln`;
  const store = {
    ...healthyCluster(),
    '/registry/secrets/shop/robot': secret('robot', 'kubernetes.io/service-account-token', {
      token,
    }),
  };

  test('are accepted with the key that signed them, whether given as public or private key', () => {
    const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(serviceAccountKeyId(pem, 'sa.pub')).toBe(kid);
    expect(serviceAccountKeyId(privatePem, 'sa.key')).toBe(kid);
    expect(findingsAbout(store, { serviceAccountKeyIds: new Set([kid]) })).toEqual([]);
  });

  test('signed with another key are told, and never shown', () => {
    const findings = findingsAbout(store, { serviceAccountKeyIds: new Set(['other']) });
    expect(codesOf(findings)).toEqual(['service-account-key-unknown']);
    expect(JSON.stringify(findings)).not.toContain(token);
  });

  test('that are not there prove nothing', () => {
    const findings = findingsAbout(healthyCluster(), { serviceAccountKeyIds: new Set([kid]) });
    expect(codesOf(findings)).toEqual(['service-account-key-unproven']);
  });
});

describe('age', () => {
  const HOUR_MS = 3_600_000;

  test('counts from the newest write and is told only when it is limited', () => {
    const asOfMs = Date.parse('2026-11-20T14:00:00Z');
    expect(findingsAbout(healthyCluster(), { asOfMs })).toEqual([]);
    expect(findingsAbout(healthyCluster(), { asOfMs, maxAgeMs: 3 * HOUR_MS })).toEqual([]);
    const found = findingsAbout(healthyCluster(), { asOfMs, maxAgeMs: HOUR_MS });
    expect(codesOf(found)).toEqual(['too-old']);
    expect(found[0]?.message).toContain('2.0 h old');
  });

  test('is unknown where nothing carries a time', () => {
    expect(codesOf(findingsAbout({ '/app/a': 'plain' }, { maxAgeMs: HOUR_MS }))).toEqual([
      'age-unknown',
    ]);
  });

  test('below nothing means a wrong clock', () => {
    const asOfMs = Date.parse('2026-11-20T11:00:00Z');
    expect(codesOf(findingsAbout(healthyCluster(), { asOfMs }))).toEqual(['written-in-the-future']);
  });
});
