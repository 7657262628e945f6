import { restartApiServer } from '../../checks/cures.ts';
import { tally } from '../../checks/object-set.ts';
import { allOf, blindSpots } from '../../checks/observed.ts';
import { counted, listed } from '../../checks/wording.ts';
import { type Finding, finding } from '../../model/finding.ts';
import type { Observation, ObservedObject } from '../../model/observation.ts';
import { problemOf } from '../../probes/probe.ts';
import { inParallel } from '../../support/parallel.ts';
import { done, notYet, until } from '../../support/until.ts';
import { heldByName, keyOf } from '../by-name.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient, Served } from '../patient.ts';

type Fault = 'ghost-object' | 'object-stale' | 'object-hidden';

interface Suspect {
  object: ObservedObject;
  fault: Fault;
}

interface Conviction extends Suspect {
  host: string;
}

const CONCURRENCY = 8;
/** Of each of these all (up to so many), because everything else hangs on them. */
const WHOLE_RESOURCES = ['namespaces', 'nodes', 'services'];
const WHOLE_MAX = 100;
/** What a cache knows of a world that etcd has left is what was written last there. */
const NEWEST_MAX = 100;
const DISPUTED_MAX = 100;
/** A sound cache is behind etcd by milliseconds. */
const PATIENCE_MS = 3000;

/**
 * A GET goes to etcd, a list comes from the cache. A GET that follows a list can only be as new as
 * the list or newer, so that one NotFound, another uid or an older revision convicts the cache.
 */
export const apiServerCaches: Detector = {
  name: 'api-server-caches',
  title: 'What each API server lists from its cache is what etcd holds',
  stage: 'api-servers',
  async detect(patient) {
    const now = await patient.observe(
      patient.parts.members.length > 0 ? ['api-list', 'etcd-objects'] : ['api-list'],
    );
    const blind = blindSpots(now, 'api-list', []);
    const judged = await Promise.all(
      patient.serving.map(async (served) => {
        try {
          return await judge(patient, served, now);
        } catch (thrown) {
          blind.push(`${served.api.host}: ${problemOf(thrown)}`);
          return [];
        }
      }),
    );
    const byFault = Map.groupBy(judged.flat(), ({ fault }) => fault);
    return diagnosed([...byFault.values()].map(convicted), [...blind, ...patient.unserved]);
  },
};

async function judge(
  patient: Patient,
  served: Served,
  now: readonly Observation[],
): Promise<Conviction[]> {
  const { clock, signal } = patient.parts;
  const { host } = served.api;
  const all = candidates(host, now);
  if (all.length === 0) throw new Error('it lists nothing from its cache');
  let suspects = await convict(served, all);
  if (suspects.length === 0) return [];
  // What was made or deleted between the two answers settles at once.
  await until(
    `the lists of ${host} agree with etcd`,
    async () => {
      suspects = await convict(served, await listAgain(served, suspects));
      return suspects.length === 0 ? done(undefined) : notYet(`${suspects.length} do not`);
    },
    { timeoutMs: PATIENCE_MS, intervalMs: PATIENCE_MS / 3, signal, clock },
  ).catch(() => undefined);
  return suspects.map((suspect) => ({ ...suspect, host }));
}

interface Candidate {
  object: ObservedObject;
  listed: boolean;
}

/** Where etcd can be read all that it contradicts; a sample besides. */
function candidates(host: string, now: readonly Observation[]): Candidate[] {
  const lists = allOf(now, 'api-list').filter(
    ({ source, mode, error, resource }) =>
      source === host && mode === 'cache' && error === null && resource !== 'events',
  );
  const objects = lists.flatMap((list) => list.objects).filter(({ revision }) => revision > 0);
  const newest = objects.toSorted((a, b) => b.revision - a.revision).slice(0, NEWEST_MAX);
  const whole = WHOLE_RESOURCES.flatMap((resource) =>
    objects.filter((each) => each.group === '' && each.resource === resource).slice(0, WHOLE_MAX),
  );
  const [store] = allOf(now, 'etcd-objects');
  const held = new Map(store?.objects.map((object) => [keyOf(object), object]));
  const listed = new Set(objects.map(keyOf));
  const contradicted = objects.filter((object) => {
    const stored = held.get(keyOf(object));
    return store !== undefined && stored?.revision !== object.revision;
  });
  const resources = new Set(lists.map(({ group, resource }) => `${group}/${resource}`));
  const unlisted = [...held.values()].filter(
    (object) => resources.has(`${object.group}/${object.resource}`) && !listed.has(keyOf(object)),
  );
  const distinct = new Map(
    [...contradicted.slice(0, DISPUTED_MAX), ...whole, ...newest].map((each) => [
      keyOf(each),
      each,
    ]),
  );
  return [
    ...[...distinct.values()].map((object) => ({ object, listed: true })),
    ...unlisted.slice(0, DISPUTED_MAX).map((object) => ({ object, listed: false })),
  ];
}

async function convict(served: Served, all: readonly Candidate[]): Promise<Suspect[]> {
  const suspects: Suspect[] = [];
  await inParallel(all, CONCURRENCY, async ({ object, listed }) => {
    const held = await heldByName(served, object);
    const fault = listed ? faultOf(object, held) : held && ('object-hidden' as const);
    if (fault !== null) suspects.push({ object, fault });
  });
  return suspects;
}

function faultOf(
  listed: ObservedObject,
  held: Awaited<ReturnType<typeof heldByName>>,
): Fault | null {
  if (held === null || (held.uid !== null && listed.uid !== null && held.uid !== listed.uid))
    return 'ghost-object';
  return held.revision < listed.revision ? 'object-stale' : null;
}

/** The suspects as the cache shows them now. */
async function listAgain(
  { api, discovered }: Served,
  suspects: readonly Suspect[],
): Promise<Candidate[]> {
  const byResource = Map.groupBy(suspects, ({ object }) => `${object.group}/${object.resource}`);
  const lists = await Promise.all(
    [...byResource].map(async ([name, some]) => {
      const resource = discovered.find(
        (each) => each.preferred && `${each.group}/${each.resource}` === name,
      );
      if (resource === undefined) return [];
      const shown = new Map<string, ObservedObject>();
      await api.list(resource, {
        mode: 'cache',
        metadataOnly: true,
        onItem: ({ metadata }) => {
          const { name, namespace = null, uid = null, resourceVersion } = metadata;
          const { group, resource: plural } = resource;
          const ref = { group, resource: plural, namespace, name };
          const sight = { uid, revision: Number(resourceVersion ?? 0), contentHash: null };
          shown.set(keyOf(ref), { ...ref, ...sight });
        },
      });
      return some.flatMap(({ object, fault }): Candidate[] => {
        const again = shown.get(keyOf(object));
        if (fault === 'object-hidden') return again ? [] : [{ object, listed: false }];
        return again ? [{ object: again, listed: true }] : [];
      });
    }),
  );
  return lists.flat();
}

const SAYS: Record<Fault, string> = {
  'ghost-object': 'which etcd does not hold: a GET by name says NotFound, or another uid',
  'object-stale': 'in a state newer than etcd holds: a GET by name gives an older revision',
  'object-hidden': 'which a GET by name finds',
};

/** All API servers lived through the same restore: one finding says it of those that did. */
function convicted(same: readonly Conviction[]): Finding {
  const fault = same[0]?.fault ?? 'ghost-object';
  const hosts = [...new Set(same.map(({ host }) => host))].sort();
  const distinct = new Map(same.map(({ object }) => [keyOf(object), object]));
  const objects = [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []);
  const verb = fault === 'object-hidden' ? 'leave out' : 'show';
  const their = hosts.length === 1 ? 'Its cache is' : 'Their caches are';
  return finding({
    code: fault,
    severity: 'error',
    message:
      `Lists of the API server ${listed(hosts)} ${verb} ${counted(objects.length, 'object')}` +
      ` (${tally(objects)}), ${SAYS[fault]}. ${their} of the world before the restore; /readyz` +
      ' and writes are fine meanwhile, and everything that is listed there is in doubt.',
    where: listed(hosts),
    objects: objects.map(({ group, resource, namespace, name }) => ({
      group,
      resource,
      namespace,
      name,
    })),
    cure: restartApiServer(listed(hosts)),
  });
}
