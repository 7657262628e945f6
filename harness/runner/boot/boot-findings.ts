import type { Finding } from '../../model/finding.ts';
import { snapshotFinding } from '../../snapshot/codes.ts';
import { counted, enumerate, enumerateObjects, placeOf } from '../../snapshot/hazards/wording.ts';
import type { Booted } from './boot-snapshot.ts';

/** What a real etcd and kube-apiserver made of the file. */
export function bootFindings({ result, etcdVersion, kubernetesVersion }: Booted): Finding[] {
  const where = `etcd ${etcdVersion}, kube-apiserver ${kubernetesVersion}`;
  const { stopped } = result;
  if (stopped !== null) {
    const code = stopped.step === 'kube-apiserver' ? 'boot-api-failed' : 'boot-etcd-failed';
    return [snapshotFinding(code, { message: inOneLine(stopped.why), where })];
  }
  return [
    ...unlistable(result, where),
    ...missing(result, where),
    ...notServed(result, where),
    snapshotFinding('boot-listed', {
      message: `${counted(result.lists.filter(({ error }) => error === null).length, 'list')} of ${result.lists.length} read through the API${result.notReady === null ? '' : `; /readyz never said ok: ${result.notReady}`}`,
      where,
    }),
  ];
}

/** Longer lines are logs that somebody has to read in a log. */
const REASON_CHARS_MAX = 400;

/** What was tried, and the line of a program's many that says why it failed. */
function inOneLine(why: string): string {
  const [first = '', ...lines] = why.split('\n').map((line) => line.replace(/^\s*\| /, ''));
  const said = lines.filter((line) => line.trim() !== '' && !line.startsWith('next: '));
  const reason =
    said.find((line) => /^panic: |"level":"(fatal|panic)"/.test(line)) ??
    said.findLast((line) => /\berror\b/i.test(line)) ??
    said.at(-1);
  // The command line of the temporary restore helps nobody.
  const attempt = first.replace(/: (exit \d+) after .*$/, ' ($1)');
  return reason === undefined ? attempt : `${attempt}: ${reason.slice(0, REASON_CHARS_MAX)}`;
}

/** The value is as good as ever; what is missing is the key. */
const NEEDS_KEY = /unable to transform key/;
const GIVE_KEY =
  'give the EncryptionConfiguration of that time with --encryption-config; do not delete what only its key is missing for';

function unlistable({ lists, unreadable }: Booted['result'], where: string): Finding[] {
  const failed = lists.filter(({ error }) => error !== null);
  const [first] = failed;
  if (first === undefined) return [];
  const names = failed.map(({ group, version, resource }) =>
    group === '' ? `${version}/${resource}` : `${group}/${version}/${resource}`,
  );
  const objects = unreadable.map(({ ref }) => ref);
  const culprits = objects.length === 0 ? '' : `; it cannot read ${enumerateObjects(objects)}`;
  return [
    snapshotFinding('boot-unlistable', {
      message: `${enumerate(names)} cannot be listed: ${first.error}${culprits}`,
      where,
      objects,
      ...(failed.every(({ error }) => NEEDS_KEY.test(error ?? '')) ? { cure: GIVE_KEY } : {}),
    }),
  ];
}

function missing({ missing: objects }: Booted['result'], where: string): Finding[] {
  if (objects.length === 0) return [];
  return [
    snapshotFinding('boot-object-missing', {
      message: `${counted(objects.length, 'object')} of the file in no list of the API: ${enumerateObjects(objects)}`,
      where: `${where}, ${placeOf(objects)}`,
      objects,
    }),
  ];
}

function notServed({ notServed: resources }: Booted['result'], where: string): Finding[] {
  if (resources.length === 0) return [];
  const names = resources.map(({ resource, count }) => `${count} of ${resource}`);
  return [
    snapshotFinding('boot-not-served', {
      message: `the API server does not serve ${enumerate(names)}`,
      where,
    }),
  ];
}
