import { snapshotFinding } from '../codes.ts';
import { missingBackend, serviceText } from './backend.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf, shellWord } from './wording.ts';

/** One dead aggregated API breaks discovery, and with it the deletion of every namespace. */
export const apiserviceUnavailable: Hazard = (content) => {
  const dead = content.typed['apiregistration.k8s.io/apiservices'].flatMap(({ ref, value }) => {
    const service = value.spec?.service;
    const missing = service === undefined ? null : missingBackend(content, service);
    if (service === undefined || missing === null) return [];
    return [{ ref, text: `${ref.name} (Service ${serviceText(service)} ${missing})` }];
  });
  const [first] = dead;
  if (first === undefined) return [];
  return [
    snapshotFinding('apiservice-unavailable', {
      message: `nobody will serve APIService ${enumerate(dead.map(({ text }) => text))}; discovery will be incomplete and namespaces cannot be deleted`,
      where: placeOf(dead.map(({ ref }) => ref)),
      objects: dead.map(({ ref }) => ref),
      cure: `bring its server back, or \`kubectl delete apiservice ${shellWord(first.ref.name)}\``,
    }),
  ];
};
