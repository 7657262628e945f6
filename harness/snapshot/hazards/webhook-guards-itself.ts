import { snapshotFinding } from '../codes.ts';
import { failClosedWebhooks } from './fail-closed-webhooks.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/**
 * The restored endpoints may be those of pods that no longer run. A webhook that catches the pods
 * of its own namespace then forbids its own return.
 */
export const webhookGuardsItself: Hazard = (content) => {
  const trapped = failClosedWebhooks(content).filter(
    ({ missing, catchesPodCreation, service, caughtNamespaces }) =>
      missing === null &&
      catchesPodCreation &&
      service?.namespace !== undefined &&
      caughtNamespaces.includes(service.namespace),
  );
  if (trapped.length === 0) return [];
  return [
    snapshotFinding('webhook-guards-itself', {
      message:
        `${enumerate(trapped.map(({ name }) => name))} must approve the pods of the namespace it ` +
        'runs in itself: if they are gone after the restore, no pod can be created any more',
      where: placeOf(trapped.map(({ ref }) => ref)),
      objects: trapped.map(({ ref }) => ref),
    }),
  ];
};
