import { tally } from '../../checks/object-set.ts';
import { allOf, blindSpots } from '../../checks/observed.ts';
import { counted } from '../../checks/wording.ts';
import { finding } from '../../model/finding.ts';
import type { Observation, ObservedObject } from '../../model/observation.ts';
import { problemOf } from '../../probes/probe.ts';
import { inParallel } from '../../support/parallel.ts';
import { heldByName, keyOf } from '../by-name.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Served } from '../patient.ts';

const CONCURRENCY = 8;
const DISPUTED_MAX = 50;

/** Members restored as clusters of their own let each API server go its own way. */
export const apiServerStores: Detector = {
  name: 'api-server-stores',
  title: 'Every API server finds by name what the others list: all read one etcd',
  stage: 'etcd',
  async detect(patient) {
    const [first, ...others] = patient.serving;
    if (first === undefined) return diagnosed([], patient.unserved);
    if (others.length === 0 && patient.unserved.length === 0)
      return { verdict: 'skipped', reason: 'there is one API server', findings: [] };
    const now = await patient.observe(['api-list']);
    const blind = blindSpots(now, 'api-list', []);
    const findings = await Promise.all(
      others.map(async (other) => {
        try {
          return [...(await apart(first, other, now)), ...(await apart(other, first, now))];
        } catch (thrown) {
          blind.push(problemOf(thrown));
          return [];
        }
      }),
    );
    return diagnosed(findings.flat(), [...blind, ...patient.unserved]);
  },
};

/** What one has in its etcd and the other has not, asked of both at the same moment. */
async function apart(one: Served, other: Served, now: readonly Observation[]) {
  const unlisted = new Set(listsOf(other, now).map(keyOf));
  if (unlisted.size === 0) throw new Error(`${other.api.host} lists nothing`);
  const disputed = listsOf(one, now)
    .filter((object) => !unlisted.has(keyOf(object)))
    .slice(0, DISPUTED_MAX);
  const missing: ObservedObject[] = [];
  await inParallel(disputed, CONCURRENCY, async (object) => {
    const there = await heldByName(other, object);
    // Asked last: what was deleted meanwhile is gone from both.
    if (there === null && (await heldByName(one, object)) !== null) missing.push(object);
  });
  if (missing.length === 0) return [];
  const hosts = `${one.api.host} and ${other.api.host}`;
  return [
    finding({
      code: 'api-servers-differ',
      severity: 'error',
      message:
        `The API servers ${hosts} read different data: ${one.api.host} has` +
        ` ${counted(missing.length, 'object')} (${tally(missing)}) of which ${other.api.host} says` +
        ' NotFound. Their etcd members are clusters of their own, or one of them is cut off.',
      where: hosts,
      objects: missing.map(({ group, resource, namespace, name }) => ({
        group,
        resource,
        namespace,
        name,
      })),
      cure:
        'Stop writing. `etcdctl endpoint status --cluster -w table` on each control plane, or' +
        ' `kubedrill diagnose --etcd` with every member, tells how they are apart; keep one history' +
        ' and let the other members join it with empty data directories.',
    }),
  ];
}

function listsOf({ api }: Served, now: readonly Observation[]): ObservedObject[] {
  return allOf(now, 'api-list')
    .filter(({ source, mode, resource }) => {
      const moving = resource === 'events' || resource === 'leases';
      return source === api.host && mode === 'consistent' && !moving;
    })
    .flatMap(({ objects }) => objects);
}
