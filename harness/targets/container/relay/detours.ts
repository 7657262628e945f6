import type { Detours } from '../../describe-cluster.ts';
import { apiServerUrl, type ClusterLayout, clientUrl, peerUrl } from '../../host-files.ts';
import type { Relay } from './relay.ts';

/** A way through the relay to every server of a cluster that the harness itself talks to. */
export async function openDetours(
  relay: Pick<Relay, 'urlOf' | 'dnsOf'>,
  layout: ClusterLayout,
): Promise<Detours> {
  const controlPlanes = layout.hosts.filter((host) => host.controlPlane);
  const urls = [
    ...layout.hosts.flatMap((host) => [clientUrl(layout, host), peerUrl(layout, host)]),
    ...controlPlanes.map(apiServerUrl),
  ];
  const dns = layout.dns ? controlPlanes : [];
  return {
    urls: new Map(
      await Promise.all(urls.map(async (url) => [url, await relay.urlOf(url)] as const)),
    ),
    dns: new Map(
      await Promise.all(
        dns.map(async ({ name, address, ports }) => {
          return [name, await relay.dnsOf({ address, port: ports.dns })] as const;
        }),
      ),
    ),
  };
}
