import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { FreshObject } from '../model/observation.ts';
import { readLog, restartApiServer } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { lasted } from './wording.ts';

export const freshObject: Check = {
  name: 'fresh-object',
  title: 'An object created now appears in the list of each API server',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: ['no-leader', 'writes-refused'],
  codes: [
    { code: 'fresh-object-refused', heals: true },
    { code: 'fresh-object-unlisted', heals: true },
  ],
  examine({ now, facts }) {
    const tried = allOf(now, 'fresh-object');
    const blind = blindSpots(now, 'fresh-object', facts.apiServers);
    if (tried.length === 0) return unknown(...blind);
    return examined(tried.flatMap(judge), blind);
  },
};

function judge(seen: FreshObject): Finding[] {
  const { source, object, createError, listedAfterMs, polledMs } = seen;
  if (createError !== null)
    return [
      finding({
        code: 'fresh-object-refused',
        severity: 'error',
        message: `The API server on ${source} cannot create an object: ${createError}.`,
        where: source,
        objects: [object],
        cure:
          `\`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations\` shows who may` +
          ` refuse; ${readLog(source, 'kube-apiserver')}.`,
      }),
    ];
  if (listedAfterMs !== null) return [];
  return [
    finding({
      code: 'fresh-object-unlisted',
      severity: 'error',
      message:
        `An object created now was not in the list of the API server on ${source} within` +
        ` ${lasted(polledMs)}, although it was created without an error: its cache hears nothing.`,
      where: source,
      objects: [object],
      cure: `${restartApiServer(source)}.`,
    }),
  ];
}
