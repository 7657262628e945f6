import { z } from 'zod';

/** Of `GET /info`, Docker Engine API 1.41. */
export const engineInfoSchema = z.looseObject({
  OperatingSystem: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
});

/**
 * The harness talks to etcd and kube-apiserver at the addresses of their containers, and to nothing that is
 * published: networks of drills are internal, and a host without a cable must not answer by another way.
 * @param dockerHost the variable DOCKER_HOST.
 * @returns why these addresses cannot be reached from here; undefined when they can.
 */
export function whyUnreachable(
  info: z.infer<typeof engineInfoSchema>,
  platform: NodeJS.Platform,
  dockerHost: string | undefined,
): string | undefined {
  const where = elsewhere(info, platform, dockerHost);
  return (
    where &&
    `containers of ${where} cannot be reached by their addresses from here; run kubedrill where Docker Engine itself runs, on Linux`
  );
}

function elsewhere(
  { OperatingSystem, SecurityOptions }: z.infer<typeof engineInfoSchema>,
  platform: NodeJS.Platform,
  dockerHost = '',
): string | undefined {
  if (/^(tcp|ssh|https?):/.test(dockerHost)) return `the engine at ${dockerHost}`;
  if (OperatingSystem === 'Docker Desktop') return 'Docker Desktop';
  if (SecurityOptions?.includes('name=rootless')) return 'a rootless engine';
  return platform === 'linux' ? undefined : `an engine on ${platform}`;
}
