import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { annotations, stepSummary } from '../../../../harness/cli/snapshots/github.ts';
import type { SnapshotReport } from '../../../../harness/cli/snapshots/verdict-json.ts';
import { verdictText } from '../../../../harness/cli/snapshots/verdict-text.ts';
import { run } from '../../../../harness/exec/run.ts';
import { finding } from '../../../../harness/model/finding.ts';
import { packageRoot } from '../../../../harness/support/package-root.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/snapshots/', import.meta.url));
const kubeadm = join(fixtures, 'p04-kubeadm-single-3.6.db');
const kubeadmSavedAt = '2026-11-20T15:43:00Z';
const workload = join(fixtures, 'p05-workload-3.6.db');
const workloadSavedAt = '2026-11-20T16:31:58Z';
const damaged = join(fixtures, 'd01-flip-in-value.db');
const bin = join(packageRoot, 'harness/cli/bin.mjs');

const REPORT: SnapshotReport = {
  file: '/backup/a.db',
  verdict: 'suspect',
  compression: null,
  findings: [],
  sha256: { present: true, valid: true },
  hash: 1,
  revision: 2,
  totalKeys: 3,
  liveKeys: 3,
  sizeBytes: 4096,
  members: [],
  alarms: [],
  authEnabled: false,
  storageVersion: null,
  clusterVersion: null,
  asOf: kubeadmSavedAt,
  newestWrite: null,
  resources: [],
  encryptionKeys: [],
};

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'kubedrill-backups-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

async function kubedrill(args: string[], input?: Uint8Array) {
  const { exitCode, stdout, stderr } = await run(process.execPath, [bin, ...args], {
    timeoutMs: 60_000,
    ...(input === undefined ? {} : { input }),
  });
  return { exitCode, stdout, stderr };
}

async function json(args: string[], input?: Uint8Array) {
  const { stdout } = await kubedrill([...args, '--json'], input);
  return JSON.parse(stdout);
}

describe('kubedrill verify', { timeout: 60_000 }, () => {
  test.each([
    ['a trusted file', [kubeadm, '--as-of', kubeadmSavedAt], 0],
    ['a suspect file', [workload, '--as-of', workloadSavedAt], 4],
    ['a rejected file', [damaged], 1],
    ['a rejected file among trusted ones', [kubeadm, damaged, '--as-of', kubeadmSavedAt], 1],
    ['an input that does not exist', [join(fixtures, 'nothing.db')], 2],
    ['a file that is new enough', [kubeadm, '--max-age', '1h', '--as-of', workloadSavedAt], 0],
    ['a file older than allowed', [kubeadm, '--max-age', '30m', '--as-of', workloadSavedAt], 4],
    ['no input at all', [], 2],
    ['a duration nobody can read', [kubeadm, '--max-age', 'soon'], 2],
    ['a version nobody can read', [kubeadm, '--etcd', 'newest'], 2],
    ['a finding that does not exist', [kubeadm, '--allow', 'lease-expire'], 2],
    ['a key without the baseline that it is for', [kubeadm, '--verify-key', 'baseline.pub'], 2],
    ['objects below another prefix', [workload, '--etcd-prefix', 'elsewhere'], 4],
    ['a prefix without its slash', [kubeadm, '--etcd-prefix', 'registry'], 0],
  ])('%s: the exit code says it', async (_, args, exitCode) => {
    expect((await kubedrill(['verify', ...args])).exitCode).toBe(exitCode);
  });

  test('does not forget an input that it could not read', async () => {
    const missing = join(fixtures, 'nothing.db');
    const junit = join(scratch, 'unreadable.xml');
    const document = await json(['verify', kubeadm, missing, '--junit', junit]);
    expect(document.unreadable).toEqual([
      { file: missing, why: expect.stringContaining('ENOENT') },
    ]);
    expect(readFileSync(junit, 'utf8')).toMatch(/tests="2" failures="1"/);
    const unreadable = [{ file: '/backup/b.db', why: 'gone' }];
    expect(annotations([], unreadable)).toBe('::error title=b.db%3A unreadable::gone\n');
    expect(stepSummary([], unreadable)).toContain('unreadable | b.db |');
  });

  test('tells the figures of snapshot status and the fixed members as JSON', async () => {
    const document = await json(['verify', kubeadm, '--as-of', kubeadmSavedAt]);
    expect(document).toMatchObject({
      schemaVersion: 1,
      verdict: 'trusted',
      snapshots: [
        {
          file: kubeadm,
          verdict: 'trusted',
          findings: [],
          sha256: { present: true, valid: true },
          hash: 61747272,
          revision: 533,
          totalKeys: 358,
          liveKeys: 358,
          sizeBytes: 978944,
          members: [{ name: 'd1-control-plane', isLearner: false }],
          alarms: [],
          authEnabled: false,
          storageVersion: '3.6.0',
          asOf: '2026-11-20T15:43:00.000Z',
          encryptionKeys: [],
        },
      ],
    });
    const [{ resources }] = document.snapshots;
    expect(resources).toContainEqual({
      group: '',
      resource: 'nodes',
      count: 1,
      encoding: { protobuf: 1 },
      namespaces: {},
      leased: 0,
    });
  });

  test('gives a person the verdict, each reason, and what to do about it', async () => {
    const { stdout } = await kubedrill(['verify', workload, '--as-of', workloadSavedAt]);
    expect(stdout).toContain('SUSPECT, readable, but somebody has to decide');
    expect(stdout).toContain('webhook-blocks-pods: no pod can be created in any namespace but');
    expect(stdout).toContain('→ after the restore, before anything else: kubectl delete');
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)(
    'judges what a %s file holds, from a file and from standard input',
    async (name, pack) => {
      const packed = pack(readFileSync(kubeadm));
      const file = join(scratch, `backup.db.${name}`);
      writeFileSync(file, packed);
      const expected = { compression: name, verdict: 'trusted', hash: 61747272 };
      const fromFile = await json(['verify', file, '--as-of', kubeadmSavedAt]);
      expect(fromFile.snapshots).toMatchObject([{ file, ...expected }]);
      const fromStream = await json(['verify', '-', '--as-of', kubeadmSavedAt], packed);
      expect(fromStream.snapshots).toMatchObject([{ file: 'standard input', ...expected }]);
    },
  );

  test('refuses a small file that unpacks to a large one', async () => {
    const file = join(scratch, 'bomb.db.gz');
    writeFileSync(file, gzipSync(Buffer.alloc(5 * 1024 * 1024)));
    const { exitCode, stderr } = await kubedrill(['verify', file, '--max-size', '1MiB']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('--max-size'),
    });
  });

  test('judges the snapshots in a folder and says when there is none', async () => {
    const folder = mkdtempSync(join(scratch, 'folder-'));
    const empty = await kubedrill(['verify', folder]);
    expect(empty).toMatchObject({ exitCode: 2, stdout: '' });
    cpSync(kubeadm, join(folder, 'monday.db'));
    writeFileSync(join(folder, 'README.md'), 'not a snapshot');
    const { snapshots } = await json(['verify', folder, '--as-of', kubeadmSavedAt]);
    expect(snapshots).toMatchObject([{ file: join(folder, 'monday.db'), verdict: 'trusted' }]);
  });

  test('goes on after an input that cannot be read', async () => {
    const args = ['verify', join(scratch, 'nothing.db'), kubeadm, '--as-of', kubeadmSavedAt];
    const { exitCode, stdout, stderr } = await kubedrill(args);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('TRUSTED');
    expect(stderr).toContain('nothing.db');
  });

  test('accepts what --allow names', async () => {
    const codes = ['encryption-key-unknown'].flatMap((code) => ['--allow', code]);
    const encrypted = join(fixtures, 'p11-aescbc-two-keys-3.6.db');
    const args = ['verify', encrypted, '--as-of', '2026-11-20T16:20:01Z'];
    expect((await kubedrill(args)).exitCode).toBe(4);
    const accepted = await kubedrill([...args, ...codes]);
    expect(accepted.exitCode).toBe(0);
    expect(accepted.stdout).toContain('encryption-key-unknown (allowed):');
  });
});

describe('kubedrill verify in a pipeline', { timeout: 60_000 }, () => {
  test('writes JUnit with one suite a snapshot and one failure a reason', async () => {
    const file = join(scratch, 'reports/verify.xml');
    const args = ['verify', kubeadm, workload, '--as-of', workloadSavedAt, '--junit', file];
    expect((await kubedrill(args)).exitCode).toBe(4);
    const xml = readFileSync(file, 'utf8');
    expect(xml).toContain('<testsuite name="snapshot p04-kubeadm-single-3.6.db"');
    expect(xml).toMatch(/<testcase name="webhook-blocks-pods"[^>]*>\s*<failure/);
    expect(xml.match(/<failure/g)).toHaveLength(8);
  });

  test('annotates a GitHub job and appends to its summary, whatever names hold', () => {
    const found = finding({
      code: 'namespace-missing',
      severity: 'warning',
      message: 'one\n::add-mask::x | two',
      where: 'a',
      cure: '100 %',
    });
    const report = { ...REPORT, findings: [found] };
    expect(annotations([report])).toBe(
      '::warning title=a.db%3A namespace-missing::one%0A::add-mask::x | two → 100 %25\n',
    );
    expect(stepSummary([report])).toContain('| one ::add-mask::x \\| two | 100 % |');
    expect(verdictText(report, new Set())).toContain('one\\u000a::add-mask::x');
  });
});

describe('a copy of what cannot be read by position', { timeout: 60_000 }, () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('does not outlive %s', async (signal, expected) => {
    const folder = mkdtempSync(join(scratch, 'spool-'));
    const child = spawn(process.execPath, [bin, 'verify', '-'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: '1' },
    });
    const ended = once(child, 'exit');
    child.stdin.on('error', () => undefined); // The child may end with a part of it unread.
    child.stdin.write(readFileSync(kubeadm).subarray(0, 300_000));
    await vi.waitUntil(() => readdirSync(folder).length > 0, { timeout: 30_000 });
    child.kill(signal);
    expect(await ended).toEqual([expected, null]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('kubedrill inspect', { timeout: 60_000 }, () => {
  test('counts by resource', async () => {
    const { stdout, exitCode } = await kubedrill(['inspect', workload]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/clonesets\.apps\.kruise\.io\s+1\s+\d+ B\s+json\s+shop 1/);
  });

  test('shows a custom resource as YAML, and of a Secret everything but its data', async () => {
    const widgets = await kubedrill(['inspect', workload, '--resource', 'widgets', '--show']);
    expect(widgets.stdout).toContain('kind: Widget');
    const secrets = await kubedrill(['inspect', workload, '--resource', 'secrets', '--show']);
    expect(secrets.stdout).toContain('name: db-password');
    expect(secrets.stdout).not.toMatch(/^data:|BEGIN|tls\.key/m);
  });

  test('shows what it can decode of protobuf, and says that more is in it', async () => {
    const show = async (resource: string, namespace: string) => {
      const args = ['inspect', workload, '--resource', resource, '-n', namespace, '--show'];
      return (await kubedrill(args)).stdout;
    };
    const pods = await show('pods', 'data');
    expect(pods).toMatch(/^# members that no check looks at are left out/m);
    expect(pods).toMatch(/^spec:\n {2}nodeName: node-c$/m);
    const configmaps = await show('configmaps', 'shop');
    expect(configmaps).toMatch(/^# managed fields are left out$/m);
    expect(configmaps).toMatch(/^data:\n {2}\w/m);
    const secrets = await show('secrets', 'data');
    expect(secrets).toContain('# data is never shown (values: 1, bytes: 10)');
    expect(await show('deployments.apps', 'shop')).toContain('# only its type and metadata');
  });

  test('tells the history of a key, deletions included', async () => {
    const file = join(fixtures, 'p02-plain-history-3.6.db');
    const { revisions } = await json(['inspect', file, '--history', '/app/config/flags']);
    expect(revisions.map((each: { revision: number }) => each.revision)).toEqual([
      162, 163, 164, 165, 188, 189,
    ]);
    expect(revisions[4]).toMatchObject({ deleted: true, contentHash: null });
  });

  test('says what there is when nothing fits', async () => {
    const { exitCode, stderr } = await kubedrill(['inspect', workload, '--resource', 'gadgets']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('widgets.drill.example.com');
  });
});

describe('kubedrill diff', { timeout: 60_000 }, () => {
  const later = join(fixtures, 'p06-workload-compacted-3.6.db');

  test('ends with 0 for the same and with 1 for different content', async () => {
    expect(await kubedrill(['diff', workload, workload])).toMatchObject({
      exitCode: 0,
      stdout: 'no difference\n',
    });
    const { exitCode, stdout } = await kubedrill(['diff', workload, later]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/recreated\s+secrets data\/db-password\s+388\s+449\s+another uid/);
  });

  test('leaves out what changes by itself, unless asked', async () => {
    const steady = await json(['diff', workload, later]);
    expect(steady.counts).toMatchObject({ added: 5, lost: 6, changed: 6, recreated: 1 });
    const all = await json(['diff', workload, later, '--all']);
    expect(all.counts).toMatchObject({ added: 7, lost: 6, changed: 8, recreated: 1 });
  });

  test('refuses a damaged file, whose missing rows would look lost', async () => {
    const { exitCode } = await kubedrill(['diff', join(fixtures, 'd05-truncated-odd.db'), later]);
    expect(exitCode).toBe(2);
  });
});

describe('kubedrill baseline', { timeout: 60_000 }, () => {
  test('signs an inventory that accuses a changed backup', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = join(scratch, 'baseline.key');
    const pub = join(scratch, 'baseline.pub');
    const file = join(scratch, 'baseline.json');
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(pub, publicKey.export({ type: 'spki', format: 'pem' }));
    const made = await kubedrill(['baseline', kubeadm, '--sign-key', key, '--out', file]);
    expect(made.exitCode).toBe(0);
    const verify = ['verify', '--baseline', file, '--verify-key', pub, '--as-of', kubeadmSavedAt];
    expect((await kubedrill([...verify, kubeadm])).exitCode).toBe(0);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"revision": 533', '"revision": 532'));
    const tampered = await kubedrill([...verify, kubeadm]);
    expect(tampered.exitCode).toBe(1);
    expect(tampered.stdout).toContain('baseline-signature-invalid');
  });

  test('is not made of a file that is not whole', async () => {
    expect((await kubedrill(['baseline', damaged])).exitCode).toBe(2);
  });
});
