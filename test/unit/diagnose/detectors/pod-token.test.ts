import { describe, expect, it } from 'vitest';
import { podToken } from '../../../../harness/diagnose/detectors/pod-token.ts';
import { codesOf, opened, type SomeServer, some } from '../some-cluster.ts';

const CLIENT = 'system:serviceaccount:shop:default';
const TOKEN = 'very-secret-token';

async function reviewed(...reviews: SomeServer['review'][]) {
  const objects = [some('namespaces', 'default')];
  const servers = reviews.map((review) => ({ objects, ...(review && { review }) }));
  await using cluster = await opened(servers, { podToken: { client: CLIENT, token: TOKEN } });
  const found = await podToken.detect(cluster.patient);
  expect(JSON.stringify(found)).not.toContain(TOKEN);
  return { ...found, urls: cluster.urls };
}

describe('pod-token', () => {
  it('is silent where every API server takes it', async () => {
    const found = await reviewed({ authenticated: true }, { authenticated: true });
    expect(found).toMatchObject({ verdict: 'pass', reason: null, findings: [] });
  });

  it('names the API servers that refuse it, and the way back', async () => {
    const refused = { error: '[invalid bearer token, invalid signature, no keys found]' };
    const found = await reviewed({ authenticated: true }, refused);
    expect(codesOf(found)).toEqual(['token-refused']);
    const [finding] = found.findings;
    expect(finding?.where).toBe(new URL(found.urls[1] ?? '').host);
    expect(finding?.message).toContain(CLIENT);
    expect(finding?.cure).toContain('sa.key');
  });

  it('does not take a token that is merely too old for a refused one', async () => {
    const found = await reviewed({ error: 'service account token has expired' });
    expect(found).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(found.reason).toContain('has expired');
  });

  it('knows nothing without the right to make a review', async () => {
    const found = await reviewed(undefined);
    expect(found).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(found.reason).toContain('HTTP 403');
  });
});
