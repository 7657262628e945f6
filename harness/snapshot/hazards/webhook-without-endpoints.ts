import { snapshotFinding } from '../codes.ts';
import { backendText, blocksPods, failClosedWebhooks } from './fail-closed-webhooks.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/** Requests other than pod creation that will be refused until somebody answers the webhook. */
export const webhookWithoutEndpoints: Hazard = (content) => {
  const deaf = failClosedWebhooks(content).filter(
    (webhook) => webhook.missing !== null && !blocksPods(webhook),
  );
  const [first] = deaf;
  if (first === undefined) return [];
  const refused = deaf.map(({ name, rules }) => `${name} (${rules.join('; ')})`);
  return [
    snapshotFinding('webhook-without-endpoints', {
      message: `requests that match ${enumerate(refused)} will be refused: ${backendText(first)}`,
      where: placeOf(deaf.map(({ ref }) => ref)),
      objects: deaf.map(({ ref }) => ref),
    }),
  ];
};
