import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ClientIdentity } from '../kube/transport.ts';
import { messageOf, usageError } from '../support/errors.ts';

const text = z.string().optional();

const clusterSchema = z.looseObject({
  server: z.string(),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().default(false),
  'tls-server-name': text,
  'proxy-url': text,
});

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ (ExecConfig). */
const execSchema = z.object({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().default(false),
});
export type ExecPlugin = z.infer<typeof execSchema>;

const userSchema = z.looseObject({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  'as-groups': z.array(z.string()).optional(),
  exec: execSchema.optional(),
  'auth-provider': z.unknown().optional(),
});
type User = z.infer<typeof userSchema>;

const contextSchema = z.object({ cluster: z.string(), user: z.string().default('') });
const name = z.string();

const kubeconfigSchema = z.object({
  clusters: z.array(z.object({ name, cluster: clusterSchema })).nullish(),
  users: z.array(z.object({ name, user: userSchema })).nullish(),
  contexts: z.array(z.object({ name, context: contextSchema })).nullish(),
  'current-context': z.string().default(''),
});
type Kubeconfig = z.infer<typeof kubeconfigSchema>;

/** The way to a user's cluster, as one context of a kubeconfig tells it. */
export interface Access {
  context: string;
  /** URL of the API server, or of what balances the load between several. */
  server: string;
  identity: ClientIdentity;
  /** A program that makes the credentials; `identity` has none until it has run. */
  exec: ExecPlugin | undefined;
}

/**
 * Reads one context of a kubeconfig; starts nothing.
 * @throws DrillError (usage) when it is not there, no kubeconfig, or asks for what is not supported.
 */
export function readKubeconfig(file: string, wanted: string | undefined): Access {
  const attempted = `read the kubeconfig ${file}`;
  const config = parseKubeconfig(file, attempted);
  const context = wanted ?? config['current-context'];
  const chosen = config.contexts?.find((each) => each.name === context)?.context;
  if (chosen === undefined) throw noContext(attempted, config, wanted);
  const cluster = config.clusters?.find((each) => each.name === chosen.cluster)?.cluster;
  const user: User | undefined =
    chosen.user === '' ? {} : config.users?.find((each) => each.name === chosen.user)?.user;
  if (cluster === undefined || user === undefined) {
    const lacking = cluster === undefined ? `cluster "${chosen.cluster}"` : `user "${chosen.user}"`;
    throw usageError(attempted, `context "${context}" names the ${lacking}, which is not in it`);
  }
  refuseUnsupported(attempted, context, user, cluster['proxy-url']);
  const at = (path: string) => readBeside(file, path, attempted);
  const ca = given(cluster['certificate-authority-data'], cluster['certificate-authority'], at);
  const cert = given(user['client-certificate-data'], user['client-certificate'], at);
  const key = given(user['client-key-data'], user['client-key'], at);
  const serverName = cluster['tls-server-name'] ?? hostOf(cluster.server, attempted);
  const identity: ClientIdentity = {
    ...(ca && { ca }),
    ...(cert && key && { cert, key }),
    headers: headersOf(user, at),
    serverNames: [serverName],
    insecure: cluster['insecure-skip-tls-verify'],
  };
  requireUsable(identity, attempted, context);
  const { server } = cluster;
  return { context, server: server.replace(/\/$/, ''), identity, exec: user.exec };
}

function parseKubeconfig(file: string, attempted: string): Kubeconfig {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw usageError(attempted, messageOf(thrown), 'check the path of --kubeconfig');
  }
  const hint = `kubectl --kubeconfig ${file} config view`;
  let json: unknown;
  try {
    json = parse(content);
  } catch (thrown) {
    const [line = ''] = messageOf(thrown).split('\n');
    throw usageError(attempted, `it is not YAML: ${line.replace(/:$/, '')}`, hint);
  }
  const parsed = kubeconfigSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw usageError(attempted, `it is no kubeconfig: ${z.prettifyError(parsed.error)}`, hint);
}

function noContext(attempted: string, config: Kubeconfig, wanted: string | undefined) {
  const known = (config.contexts ?? []).map((each) => each.name);
  const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  const happened =
    wanted === undefined
      ? `its current-context "${config['current-context']}" is none of its contexts; ${has}`
      : `it has no context "${wanted}"; ${has}`;
  return usageError(
    attempted,
    happened,
    known[0] === undefined ? undefined : `add --context ${known[0]}`,
  );
}

function refuseUnsupported(
  attempted: string,
  context: string,
  user: User,
  proxy: string | undefined,
): void {
  const refuse = (what: string) => {
    throw usageError(
      attempted,
      `context "${context}" uses ${what}, which kubedrill does not support`,
      'kubectl create token and kubectl config set-credentials make a user with a token',
    );
  };
  if (proxy !== undefined) refuse('a proxy (proxy-url)');
  if (user['auth-provider'] !== undefined) refuse('an auth-provider');
}

/** Data in the file itself counts before a path, as for kubectl. */
function given(
  data: string | undefined,
  path: string | undefined,
  at: (path: string) => Buffer,
): Buffer | undefined {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64');
  return path === undefined || path === '' ? undefined : at(path);
}

/** Paths in a kubeconfig begin where it lies. */
function readBeside(file: string, path: string, attempted: string): Buffer {
  const whole = isAbsolute(path) ? path : join(dirname(file), path);
  try {
    return readFileSync(whole);
  } catch (thrown) {
    throw usageError(attempted, `it names a file that cannot be read: ${messageOf(thrown)}`);
  }
}

function headersOf(user: User, at: (path: string) => Buffer): Record<string, string | string[]> {
  const token = user.tokenFile === undefined ? user.token : at(user.tokenFile).toString();
  const basic = Buffer.from(`${user.username ?? ''}:${user.password ?? ''}`).toString('base64');
  return {
    ...(user.username && { authorization: `Basic ${basic}` }),
    ...(token && { authorization: `Bearer ${token.trim()}` }),
    ...(user.as && { 'impersonate-user': user.as }),
    ...(user['as-groups']?.length && { 'impersonate-group': user['as-groups'] }),
  };
}

function hostOf(server: string, attempted: string): string {
  if (/^https?:/.test(server) && URL.canParse(server)) return hostNameOf(server);
  throw usageError(attempted, `its server "${server}" is no http:// or https:// URL`);
}

/** Without the brackets of an IPv6 address. */
export function hostNameOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

function requireUsable({ ca, cert, key }: ClientIdentity, attempted: string, context: string) {
  try {
    // Node takes any text for an authority, and then trusts nobody.
    if (ca !== undefined) new X509Certificate(ca);
    createSecureContext({ ...(ca && { ca }), ...(cert && key && { cert, key }) });
  } catch (thrown) {
    throw usageError(
      attempted,
      `the certificates of context "${context}" cannot be used: ${messageOf(thrown)}`,
      'kubectl config view --raw shows them',
    );
  }
}
