import { access, constants, stat } from 'node:fs/promises';
import { describeEnding, run } from '../../exec/run.ts';
import type { Tool, Wanted } from '../matrix.ts';
import { familyOf, versionIn } from '../versions.ts';
import type { Found, PassedOver, Workplace } from './source.ts';

/** Runs a program only to ask for its version, and says why it will not do if it does not match. */
export async function examine(
  path: string,
  tool: Tool,
  wanted: Wanted,
  at: Workplace,
): Promise<Found | PassedOver> {
  const said = await run(path, tool.version, { timeoutMs: 15_000, signal: at.signal });
  // The CNI plugins tell it on stderr.
  const words = [said.stdout, said.stderr];
  const version = said.exitCode === 0 ? words.map(versionIn).find(Boolean) : undefined;
  if (version === undefined) {
    return {
      reason: `${path} ${tool.version.join(' ')} tells no version: ${describeEnding(said)}`,
    };
  }
  const asked = wanted.exactly ? wanted.version : wanted.family;
  const matches = wanted.exactly ? version === asked : familyOf(version) === asked;
  return matches ? { version, path } : { reason: `${path} is ${version}, not ${asked}` };
}

export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
