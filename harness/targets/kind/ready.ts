import { z } from 'zod';
import { describeEnding } from '../../exec/run.ts';
import { environmentError } from '../../support/errors.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { Cluster, ProvisionContext } from '../target.ts';

const COMMAND_TIMEOUT_MS = 15_000;
const READY_TIMEOUT_MS = 180_000;

const nodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z
          .array(
            z.object({ type: z.string(), status: z.string(), message: z.string().default('') }),
          )
          .default([]),
      }),
    }),
  ),
});

/**
 * Which nodes are not Ready, with what their kubelets say of it; empty when all are.
 * @param json the cluster's nodes, as `kubectl get nodes --output json` prints them.
 */
export function unready(json: string, expected: readonly string[]): string[] {
  const { items } = nodesSchema.parse(JSON.parse(json));
  return expected.flatMap((name) => {
    const node = items.find(({ metadata }) => metadata.name === name);
    if (!node) return [`${name} has not joined`];
    const ready = node.status.conditions.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return [];
    return [`${name}: ${ready?.message || 'its kubelet has said nothing yet'}`];
  });
}

/** @throws DrillError (environment) with what the kubelets say when a node does not become Ready. */
export async function nodesReady(
  cluster: Cluster,
  { signal, onWait }: Pick<ProvisionContext, 'signal' | 'onWait'>,
): Promise<void> {
  const { operator } = cluster;
  const names = cluster.hosts().map(({ name }) => name);
  const description = 'every node is Ready';
  let latest = '';
  const look = async () => {
    const asked = await operator.shell('kubectl get nodes --output json --request-timeout 5s', {
      timeoutMs: COMMAND_TIMEOUT_MS,
      env: cluster.variablesOf(operator.name),
    });
    const left = asked.exitCode === 0 ? unready(asked.stdout, names) : [describeEnding(asked)];
    latest = left.join('; ');
    return left.length === 0 ? done(true) : notYet(latest);
  };
  const onLook = (saw: string, waitedMs: number) => onWait(description, saw, waitedMs);
  const options = { timeoutMs: READY_TIMEOUT_MS, intervalMs: 500, signal, onLook };
  await until(description, look, options).catch((thrown) => {
    if (signal.aborted) throw thrown;
    throw environmentError(
      'make the nodes of the kind cluster ready',
      `after ${READY_TIMEOUT_MS / 1000} s ${latest}`,
      "the nodes' logs are in the folder of the drill, under logs",
    );
  });
}
