import { describe, expect, it } from 'vitest';
import { bootstrapTokens } from '../../../../harness/diagnose/detectors/bootstrap-tokens.ts';
import { ago, codesOf, opened, type SomeServer, some } from '../some-cluster.ts';

const NODES = [some('nodes', 'n1')];

/** @param expiration as its controller writes times, none where it never ends. */
function token(id: string, expiration?: string, type = 'bootstrap.kubernetes.io/token') {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const data = {
    'token-id': base64(id),
    'token-secret': base64('0123456789abcdef'),
    ...(expiration && { expiration: base64(expiration) }),
  };
  return some('secrets', `bootstrap-token-${id}`, { namespace: 'kube-system' }, { type, data });
}

async function looked(server: SomeServer) {
  await using cluster = await opened([server]);
  const found = await bootstrapTokens.detect(cluster.patient);
  for (const secret of ['0123456789abcdef', 'MDEyMzQ1Njc4OWFiY2RlZg=='])
    expect(JSON.stringify(found)).not.toContain(secret);
  return found;
}

describe('bootstrap-tokens', () => {
  it('names those that have expired, by the clock of the cluster, and how to get another', async () => {
    const objects = [...NODES, token('old', ago(1000)), token('new', ago(-1000)), token('ever')];
    const found = await looked({ objects });
    expect(codesOf(found)).toEqual(['bootstrap-token-expired']);
    const [finding] = found.findings;
    expect(finding?.objects.map(({ name }) => name)).toEqual(['bootstrap-token-old']);
    expect(finding?.cure).toContain('kubeadm token create');
  });

  it('is silent where none has, and where there is none', async () => {
    const valid = await looked({ objects: [...NODES, token('new', ago(-1000)), token('ever')] });
    expect(valid).toMatchObject({ verdict: 'pass', findings: [] });
    expect(await looked({ objects: NODES })).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('asks for Secrets of that type alone, and heeds no other', async () => {
    const reads: string[] = [];
    const onRead = (url: string) => void reads.push(url);
    const found = await looked({ objects: [...NODES, token('old', ago(1000), 'Opaque')], onRead });
    expect(found).toMatchObject({ verdict: 'pass', findings: [] });
    const secrets = reads.filter((url) => url.includes('/secrets'));
    expect(secrets).toHaveLength(1);
    expect(new URL(secrets[0] ?? '', 'http://api').searchParams.get('fieldSelector')).toBe(
      'type=bootstrap.kubernetes.io/token',
    );
    expect(secrets[0]).toContain('/namespaces/kube-system/secrets?');
  });

  it('knows nothing without the right, and says how to get it', async () => {
    const found = await looked({ objects: NODES, forbidden: ['secrets'] });
    expect(found).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(found.reason).toContain('HTTP 403');
    expect(found.reason).toContain('--print-rbac --bootstrap-tokens');
  });
});
