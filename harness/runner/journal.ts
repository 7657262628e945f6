import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EventBody, JournalEvent } from '../model/event.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { environmentError, messageOf } from '../support/errors.ts';
import { redact } from '../support/redaction.ts';

export type JournalListener = (event: JournalEvent) => void;

/**
 * The append-only list of what happened in a run: one JSON document a line. Written synchronously,
 * so that after a SIGKILL everything up to the last event is on disk.
 */
export class Journal implements Disposable {
  readonly path: string;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #listeners = new Set<JournalListener>();
  #file: number | undefined;
  #seq = 0;

  /** @throws DrillError (kind environment) when the file cannot be made or is there already. */
  constructor(path: string, clock: Clock = systemClock) {
    this.path = path;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#file = openSync(path, 'ax');
    } catch (thrown) {
      throw environmentError(
        `open the journal ${path}`,
        messageOf(thrown),
        'give --out a new folder',
      );
    }
  }

  /** A listener must not throw: reports are called through ReporterFanOut, which sees to that. */
  subscribe(listener: JournalListener): void {
    this.#listeners.add(listener);
  }

  /** Stamps the event, takes secrets out, writes it and hands it to the listeners. */
  write(body: EventBody): JournalEvent {
    if (this.#file === undefined) throw new Error(`journal ${this.path} is closed: ${body.type}`);
    const stamp = {
      seq: this.#seq,
      at: new Date(this.#clock.nowMs()).toISOString(),
      elapsedMs: Math.round(this.#clock.monotonicMs() - this.#startMs),
    };
    const event: JournalEvent = { ...stamp, ...redactDeeply(body) };
    writeLine(this.#file, `${JSON.stringify(event)}\n`, this.path);
    this.#seq += 1;
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function writeLine(file: number, line: string, path: string): void {
  const bytes = Buffer.from(line);
  try {
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset);
  } catch (thrown) {
    throw environmentError(`write the journal ${path}`, messageOf(thrown), 'make room on the disk');
  }
}

/**
 * String by string, because inside JSON the quotes of a secret are escaped and no pattern would
 * match.
 */
function redactDeeply<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'string' ? redact(part) : part,
  ) as T;
}
