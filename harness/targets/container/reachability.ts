/**
 * Hosts have a folder of this machine in common, for their backups: the engine must run here, or in a virtual
 * machine that shares this one's files. Their network it may keep to itself (`relay/relay.ts`).
 * @param dockerHost the variable DOCKER_HOST.
 * @returns why an engine cannot serve a drill; undefined when it may.
 */
export function whyTooFar(
  platform: NodeJS.Platform,
  dockerHost: string | undefined,
): string | undefined {
  if (/^(tcp|ssh|https?):/.test(dockerHost ?? ''))
    return `containers of the engine at ${dockerHost} do not see the folder of this machine where backups go; run kubedrill where that engine runs`;
  if (platform === 'win32')
    return 'containers do not see folders by the names that Windows gives them; run kubedrill in WSL';
  return undefined;
}

/** How a drill will reach its hosts; what it does then is found out when they run. */
export type Reach = { by: 'address' } | { by: 'relay' | 'nothing'; because: string };

/** @param info of `GET /info`, Docker Engine API 1.41. */
export function foreseeReach(
  info: { OperatingSystem: string; SecurityOptions?: readonly string[] | null | undefined },
  platform: NodeJS.Platform,
  dockerHost: string | undefined,
): Reach {
  const tooFar = whyTooFar(platform, dockerHost);
  if (tooFar !== undefined) return { by: 'nothing', because: tooFar };
  const relay = (because: string): Reach => ({ by: 'relay', because });
  if (info.OperatingSystem === 'Docker Desktop') return relay('Docker Desktop');
  if (info.SecurityOptions?.includes('name=rootless')) return relay('a rootless engine');
  return platform === 'linux' ? { by: 'address' } : relay(`an engine on ${platform}`);
}
