import type { JournalEvent } from '../harness/model/event.ts';
import type { RunRecord } from '../harness/model/record.ts';
import { EXIT } from '../harness/model/verdict.ts';
import { messageOf } from '../harness/support/errors.ts';
import { RecordFold } from './record.ts';

/** One way to tell a run. It sees every event as it happens and the whole record at the end. */
export interface Reporter {
  readonly name: string;
  onEvent?(event: JournalEvent): void;
  onEnd?(record: RunRecord): Promise<void> | void;
}

/**
 * Hands events and record to every reporter. One that throws is left out from then on, the others
 * go on, and the run ends with exit code 5.
 */
export class ReporterFanOut {
  readonly #fold = new RecordFold();
  readonly #reporters: readonly Reporter[];
  readonly #problems: { reporter: string; message: string }[] = [];
  readonly #broken = new Set<Reporter>();

  constructor(reporters: readonly Reporter[]) {
    this.#reporters = reporters;
  }

  readonly onEvent = (event: JournalEvent): void => {
    this.#fold.add(event);
    for (const reporter of this.#working()) {
      try {
        reporter.onEvent?.(event);
      } catch (thrown) {
        this.#leaveOut(reporter, thrown);
      }
    }
  };

  /** Tells each reporter the end, in turn; a later one knows of the problems of those before. */
  async end(): Promise<RunRecord> {
    for (const reporter of this.#working()) {
      try {
        await reporter.onEnd?.(this.#record());
      } catch (thrown) {
        this.#leaveOut(reporter, thrown);
      }
    }
    return this.#record();
  }

  #working(): Reporter[] {
    return this.#reporters.filter((reporter) => !this.#broken.has(reporter));
  }

  #leaveOut(reporter: Reporter, thrown: unknown): void {
    this.#broken.add(reporter);
    this.#problems.push({ reporter: reporter.name, message: messageOf(thrown) });
  }

  #record(): RunRecord {
    const record = this.#fold.record();
    if (this.#problems.length === 0) return record;
    const signalled = record.interruptedBy !== null;
    return {
      ...record,
      exitCode: signalled ? record.exitCode : EXIT.internal,
      reporterProblems: [...this.#problems],
    };
  }
}
