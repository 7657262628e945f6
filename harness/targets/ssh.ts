import { generateKeyPairSync } from 'node:crypto';
import type { HostFiles } from './host-files.ts';

const ALGORITHM = 'ecdsa-sha2-nistp256';
const CURVE = 'nistp256';

/** Hosts of a drill are rebuilt with new host keys, and nobody else is on their network. */
const CLIENT_CONFIG = `Host *
  User root
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ConnectTimeout 5
`;

/** With what the operator logs in on the hosts of one run. */
export interface SshKey {
  /** PEM, a form that OpenSSH reads. */
  privateKey: string;
  /** One line of authorized_keys. */
  publicKey: string;
}

export function makeSshKey(): SshKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
  // https://www.rfc-editor.org/rfc/rfc5656#section-3.1
  const wire = Buffer.concat([Buffer.from(ALGORITHM), Buffer.from(CURVE), point].flatMap(field));
  return {
    privateKey: String(privateKey.export({ type: 'sec1', format: 'pem' })),
    publicKey: `${ALGORITHM} ${wire.toString('base64')} operator\n`,
  };
}

/** A string of the SSH protocol: its length, then itself. */
function field(content: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return [length, content];
}

export function operatorSshFiles({ privateKey }: SshKey): HostFiles {
  return new Map([
    ['/root/.ssh/id_ecdsa', { content: privateKey, mode: 0o600 }],
    ['/root/.ssh/config', { content: CLIENT_CONFIG, mode: 0o600 }],
  ]);
}

export function hostSshFiles({ publicKey }: SshKey): HostFiles {
  return new Map([['/root/.ssh/authorized_keys', { content: publicKey, mode: 0o600 }]]);
}
