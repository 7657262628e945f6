import { z } from 'zod';
import type { ApiServer } from '../kube/api-server.ts';
import { type Looking, type Probe, seen, throughEach } from './probe.ts';

/** A token that a client was given before the fault, and keeps. */
export interface KeptToken {
  /** `system:serviceaccount:shop:default` */
  client: string;
  token: string;
}

const requestedSchema = z.object({ status: z.object({ token: z.string() }) });
const reviewedSchema = z.object({
  status: z.object({ authenticated: z.boolean().default(false), error: z.string().optional() }),
});

/** As a pod's kubelet asks for it. @throws ApiError */
export async function requestToken(
  api: ApiServer,
  namespace: string,
  account: string,
  lifetimeSeconds = 3600,
): Promise<KeptToken> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: lifetimeSeconds },
  };
  const { status } = requestedSchema.parse(await api.json('POST', path, { body }));
  return { client: `system:serviceaccount:${namespace}:${account}`, token: status.token };
}

/** A TokenReview says why a token is refused; the client itself gets nothing but 401. */
export const clientToken: Probe = {
  kind: 'client-token',
  needs: 'kubernetes',
  look: (at) =>
    throughEach(at, 'client-token', at.apiServers, ({ api }) =>
      Promise.all(at.tokens.map((kept) => review(at, api, kept))),
    ),
};

async function review(at: Looking, api: ApiServer, { client, token }: KeptToken) {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  };
  const path = '/apis/authentication.k8s.io/v1/tokenreviews';
  const { status } = reviewedSchema.parse(await api.json('POST', path, { body }));
  const error = status.authenticated ? null : (status.error ?? 'not authenticated');
  return { kind: 'client-token' as const, client, error, ...seen(at, api.host) };
}
