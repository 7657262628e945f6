import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../support/clock.ts';
import { DrillError, environmentError, messageOf } from '../support/errors.ts';
import { cacheFolder, makeStaging, versionFolder } from './cache.ts';
import { withLock } from './lock.ts';
import { loadMatrix, type Matrix, type Tool, type Wanted } from './matrix.ts';
import type { Owner } from './owner.ts';
import type { OnProgress } from './progress.ts';
import { examine } from './sources/binary.ts';
import { sources } from './sources/index.ts';
import type { Found, Maker, Source, Workplace } from './sources/source.ts';
import type { SourceName, ToolSource } from './toolchain.ts';
import { chooseVersion, unknown } from './versions.ts';

const LOCK_TIMEOUT_MS = 60 * 60_000;
const firstMaker = sources.findIndex((each) => each.kind === 'maker');
const beforeMakers = sources.slice(0, firstMaker);
const afterMakers = sources.slice(firstMaker);
const fromCache = sources.filter((each) => each.name === 'cache');

export interface ResolveOptions {
  /** Tool → path, from the command line; `KUBEDRILL_<TOOL>` in `env` does the same, with less weight. */
  given?: Readonly<Record<string, string>> | undefined;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
  env?: NodeJS.ProcessEnv;
  matrix?: Matrix;
  clock?: Clock;
}

/** Where one tool would come from; `path` is undefined when it would have to be downloaded or built first. */
export interface Outlook {
  product: string;
  tool: string;
  version: string;
  source: SourceName | undefined;
  path: string | undefined;
  passedOver: PassedOverSource[];
}

interface PassedOverSource {
  source: SourceName;
  reason: string;
}

/** One tool on its way: who has been asked, and what came of it. */
interface Search {
  tool: Tool;
  found: { source: SourceName; at: Found } | undefined;
  passedOver: PassedOverSource[];
}

/**
 * Finds the tools of one product, downloading or building what is nowhere yet.
 * @param asked `3.6.16`, `3.6` or undefined for the default.
 * @param only names of tools; undefined means all of the product.
 * @throws DrillError usage: unknown product, version or tool, or a wrong `--tool`;
 *   environment: no source could give a tool; interrupted: `signal` aborted.
 */
export async function resolveProduct(
  product: string,
  asked: string | undefined,
  options: ResolveOptions = {},
  only?: readonly string[],
): Promise<ToolSource[]> {
  const { wanted, tools, at } = prepare(product, asked, options, only);
  const searches = tools.map(newSearch);
  await find(beforeMakers, searches, wanted, at);
  let failure: unknown;
  if (missing(searches).length > 0) failure = await makeLocked(searches, wanted, at);
  await find(afterMakers, searches, wanted, at);
  if (missing(searches).length > 0) throw noSource(searches, wanted, failure);
  return searches.flatMap(({ tool, found, passedOver }) =>
    found === undefined
      ? []
      : [{ product, tool: tool.name, source: found.source, ...found.at, passedOver }],
  );
}

/** What `resolveProduct` would do, without doing it. */
export async function foreseeProduct(
  product: string,
  asked: string | undefined,
  options: ResolveOptions = {},
): Promise<Outlook[]> {
  const { wanted, tools, at } = prepare(product, asked, options);
  const outlook = async (tool: Tool): Promise<Outlook> => {
    const search = newSearch(tool);
    let maker: SourceName | undefined;
    for (const source of sources) {
      if (search.found !== undefined || maker !== undefined) break;
      if (source.kind === 'finder') await find([source], [search], wanted, at);
      else if (await isPossible(source, [search], wanted, at)) maker = source.name;
    }
    return {
      product,
      tool: tool.name,
      version: search.found?.at.version ?? wanted.version,
      source: search.found?.source ?? maker,
      path: search.found?.at.path,
      passedOver: search.passedOver,
    };
  };
  return Promise.all(tools.map(outlook));
}

function prepare(
  product: string,
  asked: string | undefined,
  options: ResolveOptions,
  only?: readonly string[],
) {
  const matrix = options.matrix ?? loadMatrix();
  const wanted = chooseVersion(matrix, product, asked);
  const known = wanted.recipe.tools;
  const names = known.map((tool) => tool.name);
  const all = Object.values(matrix.products).flatMap((each) => each.tools.map((tool) => tool.name));
  for (const name of Object.keys(options.given ?? {})) {
    if (!all.includes(name)) throw unknown('tool', name, all);
  }
  const stranger = only?.find((name) => !names.includes(name));
  if (stranger !== undefined) throw unknown(`tool of ${product}`, stranger, names);
  const env = options.env ?? process.env;
  const at: Workplace = {
    folder: versionFolder(cacheFolder(env), wanted),
    env,
    given: options.given ?? {},
    clock: options.clock ?? systemClock,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => {}),
  };
  return { wanted, at, tools: known.filter((tool) => only?.includes(tool.name) ?? true) };
}

function newSearch(tool: Tool): Search {
  return { tool, found: undefined, passedOver: [] };
}

function missing(searches: readonly Search[]): Search[] {
  return searches.filter((search) => search.found === undefined);
}

/** Asks the finders in turn, for all tools at once; stops for a tool at the first that has it. */
async function find(
  from: readonly Source[],
  searches: readonly Search[],
  wanted: Wanted,
  at: Workplace,
): Promise<void> {
  const findOne = async (search: Search) => {
    for (const source of from) {
      if (source.kind !== 'finder') continue;
      const result = await source.find(search.tool, wanted, at);
      if ('path' in result) {
        search.found = { source: source.name, at: result };
        return;
      }
      search.passedOver.push({ source: source.name, reason: result.reason });
    }
  };
  await Promise.all(missing(searches).map(findOne));
}

async function isPossible(
  maker: Maker,
  searches: readonly Search[],
  wanted: Wanted,
  at: Workplace,
): Promise<boolean> {
  const tools = searches.map((search) => search.tool);
  const reason = await maker.obstacle(tools, wanted, at);
  if (reason === undefined) return true;
  for (const search of searches) search.passedOver.push({ source: maker.name, reason });
  return false;
}

/** Lets the makers make what is missing, alone. Returns what the last of them that failed died of. */
async function makeLocked(
  searches: readonly Search[],
  wanted: Wanted,
  at: Workplace,
): Promise<unknown> {
  const wait = {
    clock: at.clock,
    signal: at.signal,
    timeoutMs: LOCK_TIMEOUT_MS,
    onWait: (owner: Owner, elapsedMs: number) =>
      at.onProgress({
        step: `wait for ${wanted.product} ${wanted.version}`,
        state: 'running',
        elapsedMs,
        detail: `another kubedrill (pid ${owner.pid}) is making it`,
      }),
  };
  try {
    return await withLock(join(at.folder, '.lock'), wait, async () => {
      await find(fromCache, missing(searches), wanted, at);
      const staging = await makeStaging(at.folder);
      try {
        return await tryMakers(searches, wanted, { ...at, staging });
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    });
  } catch (thrown) {
    const isOfFileSystem = thrown instanceof Error && 'syscall' in thrown;
    if (!isOfFileSystem) throw thrown;
    const hint = 'free or allow that place, or choose another: KUBEDRILL_CACHE=/path/with/4-GB';
    throw environmentError(`write to the cache ${at.folder}`, messageOf(thrown), hint);
  }
}

async function tryMakers(
  searches: readonly Search[],
  wanted: Wanted,
  at: Workplace & { staging: string },
): Promise<unknown> {
  let failure: unknown;
  for (const maker of sources) {
    const open = missing(searches);
    if (maker.kind !== 'maker' || open.length === 0) continue;
    if (!(await isPossible(maker, open, wanted, at))) continue;
    const finish = async (tool: Tool, file: string) => {
      const found = await putInPlace(tool, file, wanted, at);
      const search = open.find((each) => each.tool === tool);
      if (search !== undefined) search.found = { source: maker.name, at: found };
    };
    const tools = open.map((search) => search.tool);
    try {
      await maker.make(tools, wanted, { ...at, finish });
    } catch (thrown) {
      if (at.signal?.aborted) throw interrupted(tools, wanted);
      failure = thrown;
      const passedOver = { source: maker.name, reason: messageOf(thrown) };
      for (const search of missing(open)) search.passedOver.push(passedOver);
    }
  }
  return failure;
}

/** A made file becomes part of the cache only after it has run here and told the right version. */
async function putInPlace(tool: Tool, file: string, wanted: Wanted, at: Workplace): Promise<Found> {
  await chmod(file, 0o755);
  const examined = await examine(file, tool, { ...wanted, exactly: true }, at);
  if ('reason' in examined) {
    throw environmentError(`put ${tool.name} ${wanted.version} in the cache`, examined.reason);
  }
  const path = join(at.folder, tool.name);
  await rename(file, path);
  return { version: examined.version, path };
}

function interrupted(tools: readonly Tool[], wanted: Wanted): DrillError {
  return new DrillError({
    kind: 'interrupted',
    attempted: `get ${namesOf(tools)} ${wanted.version}`,
    happened: 'stopped; nothing half-made is left in the cache',
  });
}

function noSource(searches: readonly Search[], wanted: Wanted, failure: unknown): DrillError {
  const open = missing(searches);
  const [first] = open;
  const lines = first?.passedOver.map(({ source, reason }) => `${source}: ${reason}`) ?? [];
  const cause = failure instanceof DrillError ? failure : undefined;
  const tool = first?.tool.name ?? '';
  return new DrillError({
    kind: 'environment',
    attempted: `get ${namesOf(open.map((search) => search.tool))} ${wanted.version}`,
    happened: cause === undefined ? 'no source has it' : `${cause.attempted}: ${cause.happened}`,
    output: [...lines, ...(cause?.output ? ['', cause.output] : [])].join('\n'),
    hint:
      cause?.hint ??
      `install Go (https://go.dev/dl/) or start Docker, or give the path: --tool ${tool}=/path/to/${tool}`,
    cause: failure,
  });
}

function namesOf(tools: readonly Tool[]): string {
  return tools.map((tool) => tool.name).join(', ');
}
