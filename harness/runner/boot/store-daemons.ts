import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../exec/daemon.ts';
import { lastLines, runOrThrow } from '../../exec/run.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import type { CleanupStack } from '../../support/cleanup.ts';
import { systemClock } from '../../support/clock.ts';
import { DrillError, environmentError, messageOf } from '../../support/errors.ts';
import type { PemFiles } from '../../support/pem-files.ts';
import { done, type Look, notYet, until } from '../../support/until.ts';
import { writeWholeFile } from '../../support/whole-file.ts';
import { Authority, serviceAccountKeys } from '../../targets/pki.ts';
import type { BootPlan } from './boot-plan.ts';

const CLIENT_URL = 'http://127.0.0.1:2379';
const PEER_URL = 'http://127.0.0.1:2380';
const API_PORT = 6443;
const API_URL = `https://127.0.0.1:${API_PORT}`;
const RESTORE_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 120_000;
/** A kube-apiserver that can read everything is ready seconds after it is alive. */
const READY_DEADLINE = { timeoutMs: 20_000, intervalMs: 200 };

/** @throws DrillError when etcdutl refuses the file. */
export async function restoreSnapshot(plan: BootPlan): Promise<void> {
  const args = [
    'snapshot',
    'restore',
    plan.snapshot,
    `--data-dir=${dataDirectory(plan)}`,
    '--name=boot',
    `--initial-cluster=boot=${PEER_URL}`,
    `--initial-advertise-peer-urls=${PEER_URL}`,
    '--initial-cluster-token=kubedrill-boot',
    ...(plan.skipHashCheck ? ['--skip-hash-check=true'] : []),
  ];
  await runOrThrow('restore the snapshot', plan.etcdutl, args, { timeoutMs: RESTORE_TIMEOUT_MS });
}

/** @throws DrillError with the end of its log when it does not serve. */
export async function startEtcd(plan: BootPlan, cleanup: CleanupStack): Promise<void> {
  const args = [
    '--name=boot',
    `--data-dir=${dataDirectory(plan)}`,
    `--listen-client-urls=${CLIENT_URL}`,
    `--advertise-client-urls=${CLIENT_URL}`,
    `--listen-peer-urls=${PEER_URL}`,
    `--initial-advertise-peer-urls=${PEER_URL}`,
    `--initial-cluster=boot=${PEER_URL}`,
    '--unsafe-no-fsync',
  ];
  const etcd = start('etcd', plan.etcd, args, plan, cleanup);
  await alive(etcd, 'etcd serves', async () => {
    const answer = await fetch(`${CLIENT_URL}/health?serializable=true`);
    const text = await answer.text();
    return answer.ok ? done(undefined) : notYet(text.trim());
  });
}

/** @throws DrillError with the end of its log when it does not come to life. */
export async function startKubeApiserver(
  plan: BootPlan,
  cleanup: CleanupStack,
): Promise<{ url: string; credentials: PemFiles }> {
  const pki = await writePki(plan.directory);
  const args = [
    `--etcd-servers=${CLIENT_URL}`,
    `--etcd-prefix=${plan.etcdPrefix}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${API_PORT}`,
    // Not a loopback address; nobody is listening there, and nobody is told.
    '--advertise-address=10.77.0.1',
    '--endpoint-reconciler-type=none',
    `--cert-dir=${plan.directory}`,
    `--tls-cert-file=${pki.serverCert}`,
    `--tls-private-key-file=${pki.serverKey}`,
    `--client-ca-file=${pki.credentials.ca}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.accountPub}`,
    `--service-account-signing-key-file=${pki.accountKey}`,
    '--service-cluster-ip-range=10.96.0.0/12',
    '--authorization-mode=RBAC',
    '--runtime-config=api/all=true',
    ...(plan.encryptionConfig === null
      ? []
      : [`--encryption-provider-config=${plan.encryptionConfig}`]),
  ];
  const server = start('kube-apiserver', plan.kubeApiserver, args, plan, cleanup);
  await alive(server, 'kube-apiserver answers', acceptsConnections);
  return { url: API_URL, credentials: pki.credentials };
}

/** Whether anybody listens on the API server's port; /readyz says the rest. */
function acceptsConnections(): Promise<Look<undefined>> {
  return new Promise((resolve) => {
    const socket = connect(API_PORT, '127.0.0.1');
    socket.once('connect', () => {
      socket.end();
      resolve(done(undefined));
    });
    socket.once('error', (error) => resolve(notYet(error.message)));
  });
}

/** @returns the names of the checks that /readyz holds against it for too long; null when it is content. */
export async function waitUntilReady(server: ApiServer): Promise<string | null> {
  let complaint = '';
  const look = async () => {
    try {
      await server.text('/readyz');
      return done(undefined);
    } catch (thrown) {
      complaint = failedChecks(messageOf(thrown));
      return notYet(complaint);
    }
  };
  try {
    await until('kube-apiserver is ready', look, READY_DEADLINE);
    return null;
  } catch {
    return complaint;
  }
}

/** `[-]informer-sync failed: …` is one line among many that are fine. */
function failedChecks(answer: string): string {
  const names = [...answer.matchAll(/^\[-\](\S+)/gm)].map(([, name]) => name);
  return names.length === 0 ? 'not all of its checks pass' : names.join(', ');
}

function dataDirectory(plan: BootPlan): string {
  return join(plan.directory, 'etcd');
}

interface Started {
  daemon: Daemon;
  name: string;
  logFile: string;
}

function start(
  name: string,
  program: string,
  args: readonly string[],
  plan: BootPlan,
  cleanup: CleanupStack,
): Started {
  const logFile = join(plan.directory, `${name}.log`);
  const daemon = startDaemon(program, args, { logFile });
  if (daemon === undefined) throw environmentError(`start ${name}`, `${program} does not start`);
  cleanup.register(name, async () => {
    daemon.kill('SIGKILL');
    await daemon.ended;
  });
  return { daemon, name, logFile };
}

/** Waits until a daemon does what it is for, and no longer than it lives. */
async function alive(
  { daemon, name, logFile }: Started,
  what: string,
  look: () => Promise<Look<undefined>>,
): Promise<void> {
  const stop = new AbortController();
  void daemon.ended.then(() => stop.abort());
  try {
    await until(what, look, { timeoutMs: START_TIMEOUT_MS, signal: stop.signal });
  } catch (cause) {
    throw new DrillError({
      kind: 'drill',
      attempted: `start ${name} on the restored data`,
      happened: stop.signal.aborted ? 'it ended by itself' : messageOf(cause),
      output: lastLines(await readFile(logFile, 'utf8'), 12),
      cause,
    });
  }
}

async function writePki(directory: string) {
  const ca = await Authority.create('kubedrill-boot', systemClock.nowMs());
  const server = await ca.issue({
    commonName: 'kube-apiserver',
    addresses: ['127.0.0.1'],
    usage: 'server',
  });
  const client = await ca.issue({
    commonName: 'kubedrill',
    organization: 'system:masters',
    usage: 'client',
  });
  const account = serviceAccountKeys();
  const write = async (name: string, pem: string) => {
    const file = join(directory, name);
    await writeWholeFile(file, pem, 0o600);
    return file;
  };
  return {
    serverCert: await write('server.crt', server.cert),
    serverKey: await write('server.key', server.key),
    accountKey: await write('sa.key', account.key),
    accountPub: await write('sa.pub', account.pub),
    credentials: {
      ca: await write('ca.crt', ca.identity.cert),
      cert: await write('client.crt', client.cert),
      key: await write('client.key', client.key),
    },
  };
}
