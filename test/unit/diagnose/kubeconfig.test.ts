import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { identify } from '../../../harness/diagnose/exec-credential.ts';
import { readKubeconfig } from '../../../harness/diagnose/kubeconfig.ts';
import { DrillError } from '../../../harness/support/errors.ts';
import { Authority, type Identity } from '../../../harness/targets/pki.ts';

let folder = '';
let client: Identity;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubedrill-kubeconfig-'));
  const authority = await Authority.create('a', Date.UTC(2026, 10, 20));
  client = await authority.issue({ commonName: 'c', usage: 'client' });
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(content: string): string {
  const file = join(folder, 'config');
  writeFileSync(file, content);
  return file;
}

function config(user: object, cluster: object = {}, rest: object = {}): string {
  return stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'one',
    ...rest,
  });
}

/** What is said of a kubeconfig that cannot be used. */
function refusal(content: string, context?: string): string {
  try {
    readKubeconfig(written(content), context);
  } catch (thrown) {
    if (thrown instanceof DrillError && thrown.kind === 'usage') return thrown.explain();
    throw thrown;
  }
  return 'nothing';
}

describe('readKubeconfig', () => {
  it('takes the token of the current context', () => {
    const { context, server, identity } = readKubeconfig(
      written(config({ token: 't' })),
      undefined,
    );
    expect({ context, server }).toEqual({ context: 'one', server: 'https://api.example:6443' });
    expect(identity.headers).toEqual({ authorization: 'Bearer t' });
    expect(identity.serverNames).toEqual(['api.example']);
  });

  it('takes certificates from beside the file and from within it', () => {
    writeFileSync(join(folder, 'client.crt'), client.cert);
    const user = {
      'client-certificate': 'client.crt',
      'client-key-data': Buffer.from(client.key).toString('base64'),
    };
    const { identity } = readKubeconfig(written(config(user)), 'one');
    expect(identity.cert?.toString()).toBe(client.cert);
    expect(identity.key?.toString()).toBe(client.key);
  });

  it('acts as whom the kubeconfig says', () => {
    const user = { token: 't', as: 'eve', 'as-groups': ['night', 'day'] };
    expect(readKubeconfig(written(config(user)), 'one').identity.headers).toMatchObject({
      'impersonate-user': 'eve',
      'impersonate-group': ['night', 'day'],
    });
  });

  it.each([
    { what: 'no YAML', content: 'a: [', says: 'it is not YAML' },
    { what: 'another document', content: 'clusters: 7', says: 'it is no kubeconfig' },
    { what: 'nothing', content: '', says: 'it is no kubeconfig' },
    { what: 'no context', content: '{}', says: 'its current-context "" is none of its contexts' },
    {
      what: 'a context without its cluster',
      content: config({}, {}, { clusters: [] }),
      says: 'names the cluster "c", which is not in it',
    },
    {
      what: 'a server that is no URL',
      content: config({}, { server: 'api:6443' }),
      says: '"api:6443" is no http:// or https:// URL',
    },
    {
      what: 'a file that is not there',
      content: config({ 'client-certificate': 'none.crt' }),
      says: 'it names a file that cannot be read',
    },
    {
      what: 'a certificate that is none',
      content: config({}, { 'certificate-authority-data': 'bm9uZQ==' }),
      says: 'cannot be used',
    },
    { what: 'a proxy', content: config({}, { 'proxy-url': 'http://p' }), says: 'uses a proxy' },
    { what: 'an auth-provider', content: config({ 'auth-provider': {} }), says: 'auth-provider' },
  ])('refuses $what', ({ content, says }) => {
    expect(refusal(content)).toContain(says);
  });

  it('names the contexts that there are instead of the one asked for', () => {
    expect(refusal(config({}), 'two')).toMatch(
      /no context "two"; it has one\nnext: add --context one$/,
    );
  });
});

describe('identify', () => {
  function access(script: string) {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      env: [{ name: 'TOKEN', value: 'secret' }],
    };
    return readKubeconfig(written(config({ exec })), undefined);
  }
  const PRINTS = 'printf \'{"status":{"token":"%s"}}\' "$TOKEN"';

  it('starts a program of the kubeconfig only where that is allowed', async () => {
    await expect(identify(access(PRINTS), false)).rejects.toMatchObject({
      kind: 'usage',
      hint: 'add --allow-exec if you trust this kubeconfig',
    });
    const { headers } = await identify(access(PRINTS), true);
    expect(headers).toEqual({ authorization: 'Bearer secret' });
  });

  it.each([
    { script: 'echo no login >&2; exit 3', says: 'no login' },
    { script: 'echo "$TOKEN"', says: 'what it printed is no ExecCredential' },
  ])('says what became of $script, and nothing secret', async ({ script, says }) => {
    const failed = await identify(access(script), true).catch((thrown: DrillError) => thrown);
    expect(failed).toMatchObject({ kind: 'environment', message: expect.stringContaining(says) });
    expect(String(failed)).not.toContain('secret');
  });
});
