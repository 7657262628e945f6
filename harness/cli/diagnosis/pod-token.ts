import { z } from 'zod';
import type { KeptToken } from '../../probes/index.ts';
import { usageError } from '../../support/errors.ts';
import { readTextFile } from '../snapshots/options.ts';

const THREE_PARTS = /^[\w-]+\.([\w-]+)\.[\w-]+$/;
const claimsSchema = z.object({ sub: z.string().regex(/^system:serviceaccount:[\w.-]+:[\w.-]+$/) });

/**
 * The token in a file, as a pod has it at /var/run/secrets/kubernetes.io/serviceaccount/token.
 * No error says anything of what the file holds.
 * @throws DrillError (usage)
 */
export function readPodToken(file: string): KeptToken {
  const token = readTextFile(file, `the token of a pod ${file}`).trim();
  const [, claims] = THREE_PARTS.exec(token) ?? [];
  if (claims === undefined)
    throw usageError(
      `read the token of a pod ${file}`,
      'it holds no token: three parts of base64url with dots between them',
      'a pod has it in /var/run/secrets/kubernetes.io/serviceaccount/token',
    );
  return { client: ownerOf(claims), token };
}

/** It is the API server that judges a token: what cannot be read here only has no name. */
function ownerOf(claims: string): string {
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))).sub;
  } catch {
    return 'a pod';
  }
}
