import { snapshotFinding } from '../codes.ts';
import { backendText, blocksPods, failClosedWebhooks } from './fail-closed-webhooks.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf, shellWord } from './wording.ts';

/** After the restore no pod can be created: not even the one that would answer the webhook. */
export const webhookBlocksPods: Hazard = (content) => {
  const blocking = failClosedWebhooks(content).filter(blocksPods);
  const [first] = blocking;
  if (first === undefined) return [];
  const names = blocking.map(({ phase, name }) => `${phase} webhook ${name}`);
  const exempt = blocking.map(({ exemptNamespaces }) => exemptNamespaces);
  const spared = (exempt[0] ?? []).filter((name) => exempt.every((list) => list.includes(name)));
  const where = spared.length === 0 ? 'any namespace' : `any namespace but ${enumerate(spared)}`;
  const deletions = new Set(
    blocking.map(
      ({ phase, ref }) => `kubectl delete ${phase}webhookconfiguration ${shellWord(ref.name)}`,
    ),
  );
  return [
    snapshotFinding('webhook-blocks-pods', {
      message:
        `no pod can be created in ${where}: ${enumerate(names)} ` +
        `(failurePolicy Fail) cannot be called, ${backendText(first)}`,
      where: placeOf(blocking.map(({ ref }) => ref)),
      objects: blocking.map(({ ref }) => ref),
      cure: `after the restore, before anything else: ${[...deletions].join('; ')}; its operator writes it again once its pods run`,
    }),
  ];
};
