import { reachApiServers } from '../../diagnose/api-servers.ts';
import { identify } from '../../diagnose/exec-credential.ts';
import { type Access, readKubeconfig } from '../../diagnose/kubeconfig.ts';
import { Patient } from '../../diagnose/patient.ts';
import { EtcdClient } from '../../etcd/client.ts';
import { type Baseline, parseBaseline } from '../../objects/baseline.ts';
import type { KeptToken } from '../../probes/index.ts';
import { problemOf } from '../../probes/probe.ts';
import { systemClock } from '../../support/clock.ts';
import { usageError } from '../../support/errors.ts';
import { readPemFiles } from '../../support/pem-files.ts';
import { readTextFile } from '../snapshots/options.ts';
import type { DiagnoseCommandOptions } from './options.ts';
import { readPodToken } from './pod-token.ts';

/** All that was asked for, read and found fit to be used; nothing has been sent yet. */
export interface Request {
  kubeconfig: string;
  access: Access;
  servers: string[];
  etcd: string[];
  etcdCredentials: { ca: string; cert: string; key: string } | undefined;
  baseline: Baseline | undefined;
  podToken: KeptToken | undefined;
}

const ETCD_TIMEOUT_MS = 5000;

/** @throws DrillError (usage) for whatever cannot be meant. */
export function readRequest(options: DiagnoseCommandOptions): Request {
  const attempted = 'diagnose a cluster';
  const { kubeconfig, context, cacert, cert, key, baseline, podToken } = options;
  if (kubeconfig === undefined)
    throw usageError(
      attempted,
      'it was not said which; the current context of your shell is never taken',
      'kubedrill diagnose --kubeconfig admin.conf',
    );
  const access = readKubeconfig(kubeconfig, context);
  const etcd = options.etcd.flatMap((urls) => urls.split(',')).map((url) => url.trim());
  for (const url of [...etcd, ...options.server]) requireUrl(url, attempted);
  if (etcd.length === 0 && (cacert ?? cert ?? key) !== undefined)
    throw usageError(attempted, '--cacert, --cert and --key do nothing without --etcd');
  if (
    (cacert === undefined) !== (cert === undefined) ||
    (cert === undefined) !== (key === undefined)
  )
    throw usageError(attempted, '--cacert, --cert and --key belong together');
  const etcdCredentials =
    cacert === undefined || cert === undefined || key === undefined
      ? undefined
      : { ca: cacert, cert, key };
  if (etcdCredentials !== undefined) readPemFiles(etcdCredentials);
  return {
    kubeconfig,
    access,
    servers: options.server.map((url) => url.replace(/\/$/, '')),
    etcd,
    etcdCredentials,
    baseline:
      baseline === undefined
        ? undefined
        : parseBaseline(readTextFile(baseline, `the baseline ${baseline}`), baseline),
    podToken: podToken === undefined ? undefined : readPodToken(podToken),
  };
}

function requireUrl(url: string, attempted: string): void {
  if (/^https?:\/\/./.test(url) && URL.canParse(url)) return;
  throw usageError(
    attempted,
    `${url} is no http:// or https:// URL`,
    'as in https://10.0.0.1:2379',
  );
}

export interface OpenPatient {
  patient: Patient;
  close(): void;
}

/** Asks every API server and etcd member a first question. */
export async function openPatient(
  request: Request,
  options: { allowExec: boolean; signal: AbortSignal },
): Promise<OpenPatient> {
  const { access, servers: only, etcdCredentials: credentials, baseline, podToken } = request;
  const { signal } = options;
  const identity = await identify(access, options.allowExec);
  const clients = request.etcd.map((url) => ({
    url,
    host: new URL(url).host,
    etcd: new EtcdClient({ url, credentials, timeoutMs: ETCD_TIMEOUT_MS }),
  }));
  const [reached, members] = await Promise.all([
    reachApiServers({ server: access.server, identity, only, signal }),
    Promise.all(
      clients.map(async ({ url, host, etcd }) => {
        try {
          await etcd.status();
          return { url, host, up: { etcd }, down: null };
        } catch (thrown) {
          return { url, host, up: null, down: problemOf(thrown) };
        }
      }),
    ),
  ]);
  const { servers, unknownServers } = reached;
  const parts = {
    servers,
    unknownServers,
    members,
    identity,
    baseline,
    podToken,
    clock: systemClock,
    signal,
  };
  return {
    patient: new Patient(parts),
    close() {
      reached.close();
      for (const { etcd } of clients) etcd.close();
    },
  };
}
