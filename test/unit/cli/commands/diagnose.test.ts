import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnosisSchema } from '../../../../harness/cli/diagnosis/document.ts';
import { type SomeServer, serve, some } from '../../diagnose/some-cluster.ts';
import { kubedrill } from '../kubedrill.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubedrill-diagnose-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function kubeconfig(server: string, user: object = {}): string {
  const file = join(folder, 'config');
  const config = {
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'one',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

const SOUND = [some('namespaces', 'default')];

async function diagnose(content: SomeServer, ...args: string[]) {
  const { url, close } = await serve(content);
  const seen = await kubedrill(['diagnose', '--kubeconfig', kubeconfig(url), ...args]);
  close();
  return seen;
}

describe('kubedrill diagnose', () => {
  it('says before it starts that it writes nothing, and ends with 0 where it finds nothing', async () => {
    const { exitCode, stdout, stderr } = await diagnose({ objects: SOUND });
    expect(stderr).toMatch(/^looking at http:\/\/127.*\(context one\); nothing is written/);
    expect(stdout).toMatch(/^✔ nothing was found\n/);
    expect(stdout).toContain('it asks etcd: --etcd');
    expect(exitCode).toBe(0);
  });

  it('puts the verdict and the first cure on top, and ends with 1', async () => {
    const dangling = { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] };
    const spec = { service: { namespace: 'shop', name: 'metrics' } };
    const status = { conditions: [{ type: 'Available', status: 'False', message: 'gone' }] };
    const objects = [
      ...SOUND,
      some('configMaps', 'orphan', dangling),
      some('apiServices', 'v1.metrics', {}, { spec, status }),
    ];
    const { exitCode, stdout } = await diagnose({ objects });
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('✘ 2 findings, apply the cures in this order');
    expect(lines[3]).toBe('1. webhooks and aggregated APIs  apiservice-unavailable');
    expect(stdout).toContain('2. before controllers run again  owner-missing');
    expect(stdout).toContain('→ Start its server behind the Service shop/metrics');
    expect(exitCode).toBe(1);
  });

  it('ends with 4 where it may not look, says at what, and looks at the rest', async () => {
    const content = { objects: SOUND, forbidden: ['services'] };
    const { exitCode, stdout } = await diagnose(content, '--json');
    const { verdict, findings, detectors } = diagnosisSchema.parse(JSON.parse(stdout));
    expect({ exitCode, verdict, findings }).toEqual({
      exitCode: 4,
      verdict: 'unknown',
      findings: [],
    });
    const verdicts = new Map(detectors.map((each) => [each.name, each.verdict]));
    expect(verdicts.get('service-addresses')).toBe('unknown');
    expect(verdicts.get('node-leases')).toBe('pass');
    expect(verdicts.get('members')).toBe('skipped');
  });

  it('says that a list is not ready where an API server has just started', async () => {
    const { exitCode, stdout } = await diagnose({ objects: SOUND, starting: ['services'] });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('(ask again in a minute), to list services');
    expect(exitCode).toBe(4);
  });

  it('starts a program of the kubeconfig only where that is allowed', async () => {
    const { url, close } = await serve({ objects: SOUND });
    const print = 'printf \'{"status":{"token":"t"}}\'';
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', print],
    };
    const args = ['diagnose', '--kubeconfig', kubeconfig(url, { exec })];
    const refused = await kubedrill(args);
    const allowed = await kubedrill([...args, '--allow-exec']);
    close();
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('next: add --allow-exec');
    expect(allowed.exitCode).toBe(0);
  });

  it.each([
    { args: [], says: 'the current context of your shell is never taken' },
    { args: ['--kubeconfig', '/none'], says: 'no such file' },
    { args: ['--kubeconfig', import.meta.filename], says: 'it is not YAML' },
    { args: ['--kubeconfig', 'ok', '--context', 'two'], says: 'no context "two"; it has one' },
    {
      args: ['--kubeconfig', 'ok', '--server', 'cp-1'],
      says: 'cp-1 is no http:// or https:// URL',
    },
    { args: ['--kubeconfig', 'ok', '--cacert', 'x'], says: 'do nothing without --etcd' },
    { args: ['--kubeconfig', 'ok', '--etcd', 'http://e', '--key', 'x'], says: 'belong together' },
    { args: ['--kubeconfig', 'ok', '--baseline', '/none'], says: 'read the baseline' },
    { args: ['--kubeconfig', 'ok', '--pod-token', '/none'], says: 'no such file' },
    { args: ['--kubeconfig', 'ok', '--pod-token', 'ok'], says: 'it holds no token' },
  ])('refuses $args with exit 2', async ({ args, says }) => {
    const ok = kubeconfig('http://127.0.0.1:1');
    const { exitCode, stdout, stderr } = await kubedrill([
      'diagnose',
      ...args.map((each) => (each === 'ok' ? ok : each)),
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  it('has a token of before reviewed where it is given one, and shows it nowhere', async () => {
    const claims = Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:shop:till' }));
    const token = `eyJh.${claims.toString('base64url')}.c2lnbmVk`;
    const file = join(folder, 'token');
    writeFileSync(file, `${token}\n`);
    const content = { objects: SOUND, review: { error: 'invalid signature' } };
    const without = await diagnose(content);
    expect(without.stdout).toContain('--pod-token');
    const { exitCode, stdout, stderr } = await diagnose(content, '--pod-token', file, '--json');
    const { findings } = diagnosisSchema.parse(JSON.parse(stdout));
    expect({ exitCode, codes: findings.map(({ code }) => code) }).toEqual({
      exitCode: 1,
      codes: ['token-refused'],
    });
    expect(findings[0]?.message).toContain('system:serviceaccount:shop:till');
    for (const part of token.split('.')) expect(stdout + stderr).not.toContain(part);
  });

  it('asks for Secrets only where bootstrap tokens are to be looked at', async () => {
    const reads: string[] = [];
    const content = { objects: SOUND, onRead: (url: string) => void reads.push(url) };
    const secrets = () => reads.filter((url) => url.includes('/secrets'));
    const without = await diagnose(content);
    expect(without.stdout).toContain('--bootstrap-tokens');
    expect(secrets()).toEqual([]);
    const { exitCode } = await diagnose(content, '--bootstrap-tokens');
    expect({ exitCode, asked: secrets().length }).toEqual({ exitCode: 0, asked: 1 });
  });

  it('does not show what is in a file that holds no token', async () => {
    const file = join(folder, 'no-token');
    writeFileSync(file, 'hunter2.and-more');
    const refused = await diagnose({ objects: SOUND }, '--pod-token', file);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).not.toContain('hunter2');
  });

  it('says what to try where nobody answers', async () => {
    const file = kubeconfig('http://127.0.0.1:1');
    const { exitCode, stdout } = await kubedrill(['diagnose', '--kubeconfig', file]);
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^\? nothing is known: nobody answered\n/);
    expect(stdout).toContain(`kubectl --kubeconfig ${file} --context one get --raw /readyz\n`);
  });

  it('prints the rights that it needs, with the groups of custom resources where it can ask', async () => {
    const alone = await kubedrill(['diagnose', '--print-rbac']);
    expect(alone).toMatchObject({ exitCode: 0, stderr: '' });
    expect(alone.stdout).toContain('kind: ClusterRole');
    expect(alone.stdout).not.toContain('secrets');
    const withProxy = await kubedrill(['diagnose', '--print-rbac', '--kube-proxy']);
    expect(alone.stdout).not.toContain('pods/exec');
    expect(withProxy.stdout).toContain('pods/exec');
  });

  it('runs a command in a pod only where that is said, and tells which right that takes', async () => {
    const labels = { 'k8s-app': 'kube-proxy' };
    const spec = { nodeName: 'n1', containers: [{ name: 'kube-proxy' }] };
    const pod = some('pods', 'kube-proxy-1', { namespace: 'kube-system', labels }, { spec });
    const ran: string[] = [];
    const exec = ({ command }: { command: string[] }) => {
      ran.push(command.join(' '));
      return { exitCode: 0, stdout: 'table ip kube-proxy {}' };
    };
    const content = { objects: [...SOUND, pod], exec };
    const without = await diagnose(content);
    expect(without.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'service-rules: it runs nft or iptables-save in each kube-proxy pod, which takes the right pods/exec in kube-system: --kube-proxy',
    );
    expect(ran).toEqual([]);
    await diagnose(content, '--kube-proxy');
    expect(ran).toEqual(['nft list table ip kube-proxy']);
  });
});
