import { z } from 'zod';
import { type KubeObject, refOf } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { BootstrapToken } from '../model/observation.ts';
import { type Probe, seen, unavailable } from './probe.ts';

const TYPE = 'bootstrap.kubernetes.io/token';
const secretSchema = z.object({
  type: z.string().optional(),
  data: z.object({ expiration: z.base64().optional() }).default({}),
});

/** Tokens with which a node may join; never their secret part, and no other Secret is sent. */
export const bootstrapToken: Probe = {
  kind: 'bootstrap-token',
  needs: 'kubernetes',
  async look(at) {
    if (!at.follows.includes('token')) return [];
    const api = at.apiServers.find(({ up }) => up !== null)?.up?.api;
    if (api === undefined) {
      const host = at.apiServers[0]?.host ?? '';
      return [unavailable(at, 'bootstrap-token', host, 'no API server answers')];
    }
    const tokens: BootstrapToken[] = [];
    const onItem = (item: KubeObject) => {
      const { type, data } = secretSchema.parse(item);
      if (type !== TYPE) return;
      tokens.push({
        kind: 'bootstrap-token',
        object: refOf(RESOURCES.secrets, item),
        expiresAtMs: data.expiration === undefined ? null : timeIn(data.expiration),
        ...seen(at, api.host),
      });
    };
    await api.list(RESOURCES.secrets, {
      mode: 'consistent',
      namespace: 'kube-system',
      fieldSelector: `type=${TYPE}`,
      onItem,
    });
    return tokens;
  },
};

function timeIn(base64: string): number | null {
  const ms = Date.parse(Buffer.from(base64, 'base64').toString('utf8'));
  return Number.isNaN(ms) ? null : ms;
}
