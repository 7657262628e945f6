import type { Clock } from '../../support/clock.ts';
import type { Tool, Wanted } from '../matrix.ts';
import type { OnProgress } from '../progress.ts';
import type { SourceName } from '../toolchain.ts';

/** What every source works with. */
export interface Workplace {
  /** Of this version; see cache.ts. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** Tool → path, from the command line. */
  given: Readonly<Record<string, string>>;
  clock: Clock;
  signal: AbortSignal | undefined;
  onProgress: OnProgress;
}

export interface Found {
  version: string;
  path: string;
}

export interface PassedOver {
  /** One line. */
  reason: string;
}

/** A source whose tools lie ready. */
export interface Finder {
  kind: 'finder';
  name: SourceName;
  find(tool: Tool, wanted: Wanted, at: Workplace): Promise<Found | PassedOver>;
}

/** A source that has to download or build, into the cache. */
export interface Maker {
  kind: 'maker';
  name: SourceName;
  /** Why it cannot be tried, in one line; undefined when it can. Makes nothing. */
  obstacle(tools: readonly Tool[], wanted: Wanted, at: Workplace): Promise<string | undefined>;
  /** Makes each tool as a file in `staging` and hands it over with `finish` as soon as it is whole. */
  make(
    tools: readonly Tool[],
    wanted: Wanted,
    at: Workplace & { staging: string; finish: (tool: Tool, file: string) => Promise<void> },
  ): Promise<void>;
}

export type Source = Finder | Maker;
