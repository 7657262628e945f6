import { GenericContainer } from 'testcontainers';

/** Where a machine is for life. */
export interface Place {
  network: string;
  address: string;
  /** With a new one after a rebuild its neighbours would talk to the old one for half a minute. */
  hardware: string;
}

/** A volume of the engine and where the container sees it. */
export interface VolumeMount {
  name: string;
  path: string;
}

/**
 * What testcontainers lacks: an address of one's own choice, and named volumes.
 * Without its reaper, which would be an image of its own and remove what `--keep` keeps.
 */
export class PinnedContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.withAutoCleanup(false).withAutoRemove(false);
  }

  withPlace({ network, address, hardware }: Place): this {
    this.withNetworkMode(network);
    // Engines up to 27 take the hardware address from the container, later ones from the network's end.
    this.createOpts.MacAddress = hardware;
    this.createOpts.NetworkingConfig = {
      EndpointsConfig: {
        [network]: { IPAMConfig: { IPv4Address: address }, MacAddress: hardware },
      },
    };
    return this;
  }

  withVolumes(volumes: readonly VolumeMount[]): this {
    this.hostConfig.Mounts = [
      ...(this.hostConfig.Mounts ?? []),
      ...volumes.map(({ name, path }) => ({
        Type: 'volume' as const,
        Source: name,
        Target: path,
      })),
    ];
    return this;
  }
}
