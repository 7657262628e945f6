import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupFile, Observation } from '../model/observation.ts';
import { judgeSnapshot } from '../snapshot/judge.ts';
import { openSnapshot } from '../snapshot/open-snapshot.ts';
import type { Clock } from '../support/clock.ts';
import { messageOf } from '../support/errors.ts';

/** What etcdctl writes to until all bytes have arrived. */
const PARTIAL = '.part';
const WHOLE = '.db';

/** Looks at the snapshots that a recovery leaves in BACKUP_DIR; each state of a file is judged once. */
export class BackupFiles {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #judged = new Map<string, Observation>();

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /**
   * Those written since `sinceMs` (since 1970), at the top of the directory.
   * @param acknowledgedBefore the highest revision that a client knew to be stored at a time.
   */
  async look(
    sinceMs: number,
    acknowledgedBefore: (atMs: number) => number,
  ): Promise<Observation[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const looks = names
      .filter((name) => name.endsWith(PARTIAL) || name.endsWith(WHOLE))
      .sort()
      .map((name) => this.#judge(name, sinceMs, acknowledgedBefore));
    return (await Promise.all(looks)).flat();
  }

  async #judge(
    name: string,
    sinceMs: number,
    acknowledgedBefore: (atMs: number) => number,
  ): Promise<Observation[]> {
    const file = join(this.#directory, name);
    const state = await stat(file).catch(() => undefined);
    if (state === undefined || state.mtimeMs < sinceMs) return [];
    const key = `${name} ${state.size} ${state.mtimeMs}`;
    const known =
      this.#judged.get(key) ??
      (await this.#read(file, name, state.size, acknowledgedBefore(state.birthtimeMs)));
    this.#judged.set(key, known);
    return [known];
  }

  async #read(
    file: string,
    name: string,
    sizeBytes: number,
    acknowledgedRevision: number,
  ): Promise<Observation> {
    const seen = { source: 'harness', atMs: this.#clock.nowMs() };
    const about = { name, sizeBytes, acknowledgedRevision };
    const parts = { kind: 'backup-file', ...about, ...seen } satisfies Partial<BackupFile>;
    if (name.endsWith(PARTIAL)) return { ...parts, verdict: 'partial', revision: 0, problem: null };
    try {
      await using reading = await openSnapshot(file);
      const { verdict, findings } = await judgeSnapshot(reading, { asOfMs: seen.atMs });
      const problem = findings[0]?.message ?? null;
      return { ...parts, verdict, revision: reading.figures.revision, problem };
    } catch (thrown) {
      return { kind: 'unavailable', of: 'backup-file', reason: messageOf(thrown), ...seen };
    }
  }
}
