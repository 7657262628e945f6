import { z } from 'zod';
import { describeEnding, lastLines, run } from '../exec/run.ts';
import type { ClientIdentity } from '../kube/transport.ts';
import { environmentError, usageError } from '../support/errors.ts';
import type { Access, ExecPlugin } from './kubeconfig.ts';

const TIMEOUT_MS = 60_000;

/** https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
const credentialSchema = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
  }),
});

/**
 * What a kubeconfig identifies its user with; starts its exec plugin only where that is allowed.
 * @throws DrillError (usage) when it is not, (environment) when the plugin fails.
 */
export async function identify(access: Access, allowExec: boolean): Promise<ClientIdentity> {
  const { exec, context, identity } = access;
  if (exec === undefined) return identity;
  const command = [exec.command, ...(exec.args ?? [])].join(' ');
  const attempted = `identify as the user of context "${context}"`;
  if (!allowExec)
    throw usageError(
      attempted,
      `its kubeconfig starts a program for that, and this was not allowed: ${command}`,
      'add --allow-exec if you trust this kubeconfig',
    );
  const { token, clientCertificateData, clientKeyData } = await ask(exec, attempted, command);
  return {
    ...identity,
    ...(clientCertificateData &&
      clientKeyData && {
        cert: Buffer.from(clientCertificateData),
        key: Buffer.from(clientKeyData),
      }),
    headers: { ...identity.headers, ...(token && { authorization: `Bearer ${token}` }) },
  };
}

async function ask(exec: ExecPlugin, attempted: string, command: string) {
  if (exec.provideClusterInfo)
    throw usageError(
      attempted,
      `${command} wants to be told of the cluster, which is not supported`,
    );
  const { apiVersion, args, env } = exec;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const finished = await run(exec.command, args ?? [], {
    timeoutMs: TIMEOUT_MS,
    env: {
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
  });
  const failed = (happened: string) =>
    environmentError(attempted, `${command}: ${happened}`, `run it by hand: ${command}`);
  if (finished.exitCode !== 0)
    throw failed(`${describeEnding(finished)} ${lastLines(finished.stderr, 3)}`.trim());
  try {
    // Its output is a secret: an error must not repeat it.
    return credentialSchema.parse(JSON.parse(finished.stdout)).status;
  } catch {
    throw failed('what it printed is no ExecCredential');
  }
}
