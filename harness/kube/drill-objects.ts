/** Names that populate writes and probes look for. */

/**
 * The harness's own moving objects (canaries, objects made to be looked for) live here and
 * nowhere else. Inventories leave it out; the probes that write into it report by themselves.
 */
export const CANARY_NAMESPACE = 'kubedrill-canary';

/** ConfigMaps made for watching clients. */
export const WATCHED_NAMESPACE = 'kubedrill-watched';
/** Carried by everything that watching clients follow, Namespaces included. */
export const WATCHED_LABEL = 'kubedrill.dev/watched';
/** Watched Namespaces begin so, which tells them in etcd without reading their labels. */
export const WATCHED_PREFIX = 'kubedrill-watched';

/** The custom resource of a drill; v1alpha1 and v1 are served, v1 is stored. */
export const CUSTOM_GROUP = 'kubedrill.dev';
export const CUSTOM_PLURAL = 'rehearsals';
