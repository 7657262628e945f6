import { z } from 'zod';
import type { KubeObject } from '../kube/resource.ts';
import { refOf } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ServiceAddresses } from '../model/observation.ts';
import { type Probe, seen, unavailable } from './probe.ts';

const specSchema = z
  .object({ clusterIPs: z.array(z.string()).default([]) })
  .default({ clusterIPs: [] });

/** Which addresses Services have now, as etcd tells the first API server that answers. */
export const serviceAddresses: Probe = {
  kind: 'service-addresses',
  needs: 'kubernetes',
  async look(at) {
    if (!at.follows.includes('prediction')) return [];
    const api = at.apiServers.find(({ up }) => up !== null)?.up?.api;
    if (api === undefined) {
      const host = at.apiServers[0]?.host ?? '';
      return [unavailable(at, 'service-addresses', host, 'no API server answers')];
    }
    const services: ServiceAddresses['services'] = [];
    const onItem = (item: KubeObject) => {
      const addresses = specSchema.parse(item.spec).clusterIPs.filter((ip) => ip !== 'None');
      if (addresses.length > 0)
        services.push({ object: refOf(RESOURCES.services, item), addresses });
    };
    await api.list(RESOURCES.services, { mode: 'consistent', onItem });
    return [{ kind: 'service-addresses', services, ...seen(at, api.host) }];
  },
};
