import { snapshotFinding } from '../codes.ts';
import { failClosedWebhooks } from './fail-closed-webhooks.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/** A drill on this file would call it; whether it answers no file can tell. */
export const webhookOutsideCluster: Hazard = (content) => {
  const outside = failClosedWebhooks(content).filter(({ service }) => service === null);
  if (outside.length === 0) return [];
  return [
    snapshotFinding('webhook-outside-cluster', {
      message: `${enumerate(outside.map(({ name }) => name))} is called at an address outside the cluster and refuses requests when it does not answer`,
      where: placeOf(outside.map(({ ref }) => ref)),
      objects: outside.map(({ ref }) => ref),
    }),
  ];
};
