import { aftermathDefects } from './aftermath.ts';
import { apiDefects, clientDefects } from './api.ts';
import { backupDefects } from './backups.ts';
import { credentialDefects } from './credentials.ts';
import type { Defect } from './defect.ts';
import { dnsDefects } from './dns.ts';
import { ingressDefects } from './ingress.ts';
import { memberDefects } from './members.ts';
import { networkDefects } from './network.ts';
import { nodeDefects } from './nodes.ts';
import { objectDefects } from './objects.ts';
import { storeDefects } from './store.ts';

/** Every defect of a running cluster that a check must name. */
export const DEFECTS: readonly Defect[] = [
  ...networkDefects,
  ...memberDefects,
  ...storeDefects,
  ...objectDefects,
  ...aftermathDefects,
  ...credentialDefects,
  ...apiDefects,
  ...clientDefects,
  ...dnsDefects,
  ...ingressDefects,
  ...nodeDefects,
  ...backupDefects,
];
