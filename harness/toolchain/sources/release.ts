import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runOrThrow } from '../../exec/run.ts';
import { environmentError, messageOf } from '../../support/errors.ts';
import { fillIn, type Tool, type Wanted } from '../matrix.ts';
import { reportStep } from '../progress.ts';
import type { Maker, Workplace } from './source.ts';

const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;

/** The project's own release files. Only those whose sum is pinned in the matrix: the sum is the only proof. */
export const release: Maker = {
  kind: 'maker',
  name: 'release',

  async obstacle(tools, wanted) {
    if (wanted.recipe.release === undefined) return `${wanted.product} publishes no release files`;
    const isPinned = tools.every((tool) => wanted.releaseSha256[urlOf(tool, wanted)] !== undefined);
    return isPinned ? undefined : `no pinned SHA-256 for ${wanted.product} ${wanted.version}`;
  },

  async make(tools, wanted, at) {
    const member = wanted.recipe.release?.memberOfArchive;
    const byUrl = Map.groupBy(tools, (tool) => urlOf(tool, wanted));
    for (const [url, toolsOfFile] of byUrl) {
      const file = join(at.staging, basename(url));
      await download(url, file, wanted.releaseSha256[url] ?? '', at);
      for (const tool of toolsOfFile) {
        if (member === undefined) {
          await at.finish(tool, file);
          continue;
        }
        const inside = fillIn(member, wanted.version, tool.name);
        await unpack(file, inside, at);
        await at.finish(tool, join(at.staging, inside));
      }
      await rm(file, { force: true });
    }
  },
};

function urlOf(tool: Tool, wanted: Wanted): string {
  return fillIn(wanted.recipe.release?.url ?? '', wanted.version, tool.name);
}

async function download(url: string, file: string, sum: string, at: Workplace): Promise<void> {
  await reportStep(`download ${basename(url)}`, at, async (say) => {
    const limit = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS);
    const signal = at.signal ? AbortSignal.any([at.signal, limit]) : limit;
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const count = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        say(`${(sizeBytes / 1e6).toFixed(0)} MB`);
        yield chunk;
      }
    };
    try {
      const answer = await fetch(url, { signal });
      if (!answer.ok || answer.body === null) throw new Error(`HTTP status ${answer.status}`);
      await pipeline(Readable.fromWeb(answer.body), count, createWriteStream(file), { signal });
    } catch (thrown) {
      throw environmentError(`download ${url}`, causeOf(thrown));
    }
    const got = hash.digest('hex');
    if (got !== sum) throw environmentError(`download ${url}`, `SHA-256 is ${got}, not ${sum}`);
  });
}

/** fetch hides the reason (`connection refused`) in the cause of "fetch failed". */
function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return messageOf(cause ?? thrown);
}

async function unpack(archive: string, member: string, at: Workplace & { staging: string }) {
  await runOrThrow(`unpack ${member}`, 'tar', ['-xzf', archive, '-C', at.staging, member], {
    kind: 'environment',
    timeoutMs: 120_000,
    signal: at.signal,
  });
}
