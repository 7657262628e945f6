import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ApiList, EtcdObjects } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { resourceOf, sameOnHosts, tally } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed, listedFirst } from './wording.ts';

/**
 * What kube-apiserver says of a value that it cannot decrypt: without a configuration, with another
 * key of the same name, with a key of another name, with another provider.
 * https://github.com/kubernetes/apiserver/blob/master/pkg/storage/value/transformer.go
 */
const CANNOT_DECRYPT =
  /identity transformer tried to read encrypted data|no matching key was found|no matching prefix found|invalid padding on input|message authentication failed|unable to transform key/;

/** An API server without its EncryptionConfiguration serves everything else, and writes Secrets as they are. */
export const encryption: Check = {
  name: 'encryption',
  title: 'What is stored encrypted can be read, and no part of it is stored as plain text',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: ['no-leader', 'cluster-id-differs'],
  codes: [
    { code: 'decryption-failed', heals: true },
    { code: 'stored-in-plain-text', heals: false },
  ],
  examine({ now }) {
    const members = allOf(now, 'etcd-objects');
    const blind = blindSpots(now, 'etcd-objects', []);
    if (members.length === 0) return unknown(...blind, 'nobody read what etcd holds');
    return examined([...unreadable(allOf(now, 'api-list')), ...plain(members)], blind);
  },
};

function unreadable(lists: readonly ApiList[]): Finding[] {
  const failed = lists.filter(({ error }) => error !== null && CANNOT_DECRYPT.test(error));
  const [first] = failed;
  if (first === undefined) return [];
  const hosts = listed([...new Set(failed.map(({ source }) => source))]);
  const resources = listedFirst([...new Set(failed.map(resourceOf))]);
  return [
    finding({
      code: 'decryption-failed',
      severity: 'error',
      message:
        `The API server on ${hosts} cannot decrypt ${resources}: ${first.error}. It serves everything` +
        ' else, never becomes ready, and stores what is written now as plain text.',
      where: hosts,
      cure:
        'Start kube-apiserver with the EncryptionConfiguration of the day of the backup' +
        ' (`--encryption-provider-config`), its keys first or behind the new ones;' +
        ' `kubedrill verify BACKUP --encryption-config FILE` says beforehand whether it fits.',
    }),
  ];
}

function plain(members: readonly EtcdObjects[]): Finding[] {
  const perHost = members.flatMap(({ source, encrypted = [] }) =>
    encrypted.map((each) => ({
      host: source,
      objects: each.plain,
      detail: `beside ${each.encrypted} that are encrypted`,
    })),
  );
  return sameOnHosts(perHost).map(({ hosts, detail, objects }) =>
    finding({
      code: 'stored-in-plain-text',
      severity: 'error',
      message: `etcd holds ${counted(objects.length, 'object')} as plain text ${detail}: ${tally(objects)}.`,
      where: listed(hosts),
      objects,
      cure:
        'With the EncryptionConfiguration in place write them again:' +
        ' `kubectl get secrets --all-namespaces -o json | kubectl replace -f -`. Whoever could read' +
        ' etcd or its backups meanwhile knows them: change them.',
    }),
  );
}
