import type { Finding } from '../model/finding.ts';
import { readMetaPages } from './bolt/meta.ts';
import type { ByteSource } from './byte-source.ts';
import { DamageLog } from './damage.ts';
import { emptyIdentity } from './etcd/identity-rows.ts';
import { visitLiveRows } from './etcd/live-rows.ts';
import { type StoreContent, StoreFile } from './etcd/store.ts';
import { figuresOf, NO_FIGURES } from './figures.ts';
import { identityFindings } from './identity-findings.ts';
import { noteOrigin, noteShape, noteStore, noteWhatItIs } from './integrity.ts';
import type {
  KeyRevision,
  LiveRow,
  ReadingOptions,
  SnapshotFigures,
  SnapshotIdentity,
  SnapshotReading,
  SnapshotTrailer,
} from './reading.ts';
import { bodyBytesOf, type TrailerCheck } from './trailer.ts';

/** Reads everything when it is made; the trailer is being checked meanwhile. */
export class FileReading implements SnapshotReading {
  readonly file: string;
  readonly complete: boolean;
  readonly figures: SnapshotFigures;
  readonly identity: SnapshotIdentity;
  readonly #source: ByteSource;
  readonly #check: TrailerCheck;
  readonly #damage = new DamageLog();
  readonly #store: StoreFile | null = null;
  readonly #content: StoreContent | null = null;
  readonly #asSaved: boolean = true;
  readonly #options: ReadingOptions;
  #findings: Promise<Finding[]> | null = null;

  constructor(
    source: ByteSource,
    path: string | null,
    check: TrailerCheck,
    options: ReadingOptions,
  ) {
    this.file = options.displayName ?? path ?? 'bytes';
    this.#source = source;
    this.#check = check;
    this.#options = options;
    const metas = readMetaPages(source);
    if (metas === null) {
      noteWhatItIs(source, this.#damage);
      this.complete = false;
      this.figures = { ...NO_FIGURES, fileBytes: source.sizeBytes };
      this.identity = emptyIdentity();
      return;
    }
    const bodyBytes = bodyBytesOf(source.sizeBytes);
    noteShape(metas, bodyBytes, this.#damage);
    // A damaged meta page says nothing about how the file was made.
    this.#asSaved = metas.asSaved || metas.damage.length > 0;
    this.#store = new StoreFile(source, bodyBytes, metas.active);
    this.#content = this.#store.read(this.#damage);
    this.complete = this.#content.complete;
    this.identity = this.#content.identity;
    this.figures = figuresOf(this.#content, metas.active, source.sizeBytes);
    noteStore(this.#content, this.complete, this.#damage);
  }

  findings(): Promise<Finding[]> {
    this.#findings ??= this.#judge();
    return this.#findings;
  }

  async trailer(): Promise<SnapshotTrailer> {
    return await this.#check.result;
  }

  eachLive(visit: (row: LiveRow) => void): void {
    if (this.#content) visitLiveRows(this.#source, this.#content.revisions.live, visit);
  }

  history(key: Uint8Array): KeyRevision[] {
    return this.#store?.history(key) ?? [];
  }

  async close(): Promise<void> {
    await this.#check.stop();
    this.#source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #judge(): Promise<Finding[]> {
    const trailer = await this.#check.result;
    this.#source.assertUnchanged();
    if (this.#content === null) return this.#damage.findings();
    noteOrigin(trailer, this.#asSaved, this.#damage);
    const identity = this.complete
      ? identityFindings(this.figures, this.identity, this.#options)
      : [];
    return [...this.#damage.findings(), ...identity];
  }
}
