import { snapshotFinding } from '../codes.ts';
import { backendText, blocksPods, failClosedWebhooks } from './fail-closed-webhooks.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/** After the restore no pod can be created: not even the one that would answer the webhook. */
export const webhookBlocksPods: Hazard = (content) => {
  const blocking = failClosedWebhooks(content).filter(blocksPods);
  const [first] = blocking;
  if (first === undefined) return [];
  const names = blocking.map(({ phase, name }) => `${phase} webhook ${name}`);
  const exempt = blocking.map(({ exemptNamespaces }) => exemptNamespaces);
  const spared = (exempt[0] ?? []).filter((name) => exempt.every((list) => list.includes(name)));
  const where = spared.length === 0 ? 'any namespace' : `any namespace but ${enumerate(spared)}`;
  const configurations = [...new Set(blocking.map(({ phase, ref }) => `${phase} ${ref.name}`))];
  return [
    snapshotFinding('webhook-blocks-pods', {
      message:
        `no pod can be created in ${where}: ${enumerate(names)} ` +
        `(failurePolicy Fail) cannot be called, ${backendText(first)}`,
      where: placeOf(blocking.map(({ ref }) => ref)),
      objects: blocking.map(({ ref }) => ref),
      cure: `after the restore, before anything else: ${configurations
        .map((configuration) => {
          const [phase, name] = configuration.split(' ');
          return `kubectl delete ${phase}webhookconfiguration ${name}`;
        })
        .join('; ')}; its operator writes it again once its pods run`,
    }),
  ];
};
