/**
 * Hosts have a folder of this machine in common, for their backups: the engine must run here, or in a virtual
 * machine that shares this one's files. Their network it may keep to itself (`relay.ts`).
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
