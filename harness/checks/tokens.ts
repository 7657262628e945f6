import type { Check } from '../model/check.ts';
import { describeObject, type Finding, finding } from '../model/finding.ts';
import type { BootstrapToken, ClientToken } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { listed } from './wording.ts';

/** Certificates of an administrator work whatever became of the key that signs tokens. */
export const tokens: Check = {
  name: 'tokens',
  title: 'A token of before the fault is taken by each API server, and none has expired meanwhile',
  phases: ['verify'],
  needs: ['api-servers', 'token'],
  explainedBy: ['no-leader', 'cluster-id-differs'],
  codes: [
    { code: 'token-refused', heals: true },
    { code: 'bootstrap-token-expired', heals: false },
  ],
  examine({ now, facts }) {
    const tried = allOf(now, 'client-token');
    const blind = [
      ...blindSpots(now, 'client-token', facts.apiServers),
      ...blindSpots(now, 'bootstrap-token', []),
    ];
    if (tried.length === 0) return unknown(...blind);
    return examined(
      [...refused(tried), ...expiredBootstrapTokens(allOf(now, 'bootstrap-token'))],
      blind,
    );
  },
};

function refused(tried: readonly ClientToken[]): Finding[] {
  const failed = tried.filter(({ error }) => error !== null);
  return [...Map.groupBy(failed, ({ error }) => error ?? '')].map(([error, same]) => {
    const hosts = listed([...new Set(same.map(({ source }) => source))]);
    const clients = listed([...new Set(same.map(({ client }) => client))]);
    return finding({
      code: 'token-refused',
      severity: 'error',
      message:
        `The API server on ${hosts} refuses the token that ${clients} had before the fault (401 to the` +
        ` client): ${error}. Every pod that holds one is locked out, while /readyz says ok.`,
      where: hosts,
      cure: /no keys found|invalid signature/.test(error)
        ? 'Bring back the old `sa.key` and `sa.pub`; to keep the new key, give the old public key as a' +
          ' second `--service-account-key-file`. `kubedrill verify BACKUP --sa-key sa.pub`' +
          ' says beforehand whether they fit.'
        : 'Its ServiceAccount is another one now: restart the pods that use it, and delete its old' +
          ' token Secrets.',
    });
  });
}

/** It was valid when the backup was taken; on a cluster that lives on it is renewed or removed. */
export function expiredBootstrapTokens(seen: readonly BootstrapToken[]): Finding[] {
  const past = seen.filter(({ expiresAtMs, atMs }) => expiresAtMs !== null && expiresAtMs <= atMs);
  const [first] = past;
  if (first === undefined) return [];
  return [
    finding({
      code: 'bootstrap-token-expired',
      severity: 'error',
      message:
        `No node can join with ${listed(past.map(({ object }) => describeObject(object)))}: expired.` +
        ' What comes back with a backup keeps its date.',
      where: first.source,
      objects: past.map(({ object }) => object),
      cure: '`kubeadm token create --print-join-command` makes a new one; delete the old.',
    }),
  ];
}
