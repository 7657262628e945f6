import type { ApiServer } from '../kube/api-server.ts';
import type { ApiResource, KubeObject } from '../kube/resource.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import { type Looking, type ObservableKind, unavailable } from './probe.ts';

/** Looks through the first API server that answers; what another one lists is compared elsewhere. */
export async function throughOne(
  at: Looking,
  kind: ObservableKind,
  look: (api: ApiServer) => Promise<Observation[]>,
): Promise<Observation[]> {
  const up = at.apiServers.find((each) => each.up !== null)?.up;
  if (up == null) {
    const [first] = at.apiServers;
    return [unavailable(at, kind, first?.host ?? '', first?.down ?? 'there is no API server')];
  }
  try {
    return await look(up.api);
  } catch (thrown) {
    return [unavailable(at, kind, up.api.host, messageOf(thrown))];
  }
}

/** All objects of a resource, consistently. */
export async function listAll(
  api: ApiServer,
  resource: Pick<ApiResource, 'group' | 'version' | 'resource'>,
  namespace?: string,
): Promise<KubeObject[]> {
  const items: KubeObject[] = [];
  await api.list(resource, {
    mode: 'consistent',
    ...(namespace !== undefined && { namespace }),
    onItem: (item) => items.push(item),
  });
  return items;
}
