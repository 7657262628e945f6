import { allOf } from '../../checks/observed.ts';
import { listed } from '../../checks/wording.ts';
import { ApiError } from '../../kube/error.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { problemOf } from '../../probes/probe.ts';
import { done, notYet, until } from '../../support/until.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient, Served } from '../patient.ts';

/** One that has just started takes seconds. */
const PATIENCE_MS = 10_000;
const FAILED = /^\[-\](\S+) failed/gm;
/** What kube-apiserver says when it cannot fill its own cache of Secrets. */
const SECRETS_UNREAD = /\*(v1|core)\.Secret\b/;

interface Unready {
  host: string;
  /** What it says of each of its own checks that fails. */
  says: string[];
}

/** It answers an administrator all the same: load balancers alone leave it out, and runbooks wait for it. */
export const readiness: Detector = {
  name: 'readiness',
  title: 'Each API server says that it is ready',
  stage: 'api-servers',
  async detect(patient) {
    const blind = [...patient.unserved];
    const unready = await Promise.all(
      patient.serving.map(async (served) => {
        try {
          return await lastingUnready(patient, served);
        } catch (thrown) {
          blind.push(`/readyz of ${served.api.host}: ${problemOf(thrown)}`);
          return null;
        }
      }),
    );
    const found = unready.filter((each) => each !== null);
    if (found.length === 0) return diagnosed([], blind);
    const encrypted = await secretsEncrypted(patient);
    const bySays = Map.groupBy(found, ({ says }) => says.join('; '));
    const findings = [...bySays].map(([says, same]) =>
      notReady(listed(same.map(({ host }) => host)), says, encrypted),
    );
    return diagnosed(findings, blind);
  },
};

async function lastingUnready(patient: Patient, { api }: Served): Promise<Unready | null> {
  const { clock, signal } = patient.parts;
  let failed = await failedChecks(api);
  if (failed.length === 0) return null;
  await until(
    `${api.host} is ready`,
    async () => {
      failed = await failedChecks(api);
      return failed.length === 0 ? done(undefined) : notYet(listed(failed));
    },
    { timeoutMs: PATIENCE_MS, intervalMs: PATIENCE_MS / 5, signal, clock },
  ).catch(() => undefined);
  if (failed.length === 0) return null;
  const says = await Promise.all(failed.map(async (name) => reasonOf(api, name)));
  return { host: api.host, says };
}

/** @throws ApiError when it does not say. */
async function failedChecks(api: Served['api']): Promise<string[]> {
  try {
    await api.text('/readyz');
    return [];
  } catch (thrown) {
    const details = thrown instanceof ApiError && thrown.httpCode === 500 ? thrown.details : '';
    const names = [...details.matchAll(FAILED)].map(([, name]) => name ?? '');
    if (names.length === 0) throw thrown;
    return names;
  }
}

/** The whole list withholds reasons; each check by itself tells its own. */
async function reasonOf(api: Served['api'], name: string): Promise<string> {
  try {
    await api.text(`/readyz/${name}`);
    return name;
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.httpCode !== 500) return name;
    return `${name} (${thrown.details.replace(/^internal server error: /, '')})`;
  }
}

/** null where etcd is not asked. */
async function secretsEncrypted(patient: Patient): Promise<boolean | null> {
  if (patient.parts.members.length === 0) return null;
  const members = allOf(await patient.observe(['etcd-objects']), 'etcd-objects');
  if (members.length === 0) return null;
  return members.some(({ encrypted = [] }) =>
    encrypted.some(({ group, resource }) => group === '' && resource === 'secrets'),
  );
}

function notReady(hosts: string, says: string, encrypted: boolean | null): Finding {
  const undeciphered = SECRETS_UNREAD.test(says) && encrypted !== false;
  const how = encrypted ? 'etcd holds them encrypted' : 'they may be stored encrypted';
  return finding({
    code: undeciphered ? 'decryption-failed' : 'api-server-not-ready',
    severity: 'error',
    message: undeciphered
      ? `The API server ${hosts} is not ready: ${says}. It cannot read Secrets, and ${how}: it does not` +
        ' have the EncryptionConfiguration of the backup, and stores what is written now as plain text.'
      : `The API server ${hosts} is not ready, and load balancers leave it out: ${says}.`,
    where: hosts,
    cure: undeciphered
      ? 'Start kube-apiserver with the EncryptionConfiguration of the day of the backup' +
        ' (`--encryption-provider-config`), its keys first or behind the new ones; then write every' +
        ' Secret again: `kubectl get secrets --all-namespaces -o json | kubectl replace -f -`.'
      : `\`kubectl get --raw '/readyz?verbose'\` and the log of kube-apiserver on ${hosts} say more.`,
  });
}
