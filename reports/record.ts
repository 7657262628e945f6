import type { JournalEvent } from '../harness/model/event.ts';
import { resultOf } from '../harness/model/exit-code.ts';
import { RECORD_SCHEMA_VERSION, type RunRecord } from '../harness/model/record.ts';
import { DrillFold } from './drill-record.ts';

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;

/** The record that the events of a journal amount to. */
export function foldRecord(events: Iterable<JournalEvent>): RunRecord {
  const fold = new RecordFold();
  for (const event of events) fold.add(event);
  return fold.record();
}

/** The same one event at a time; `record()` may be asked for at any moment. */
export class RecordFold {
  readonly #drills = new Map<number, DrillFold>();
  #startedAt = '';
  #started: EventOf<'run-started'> | undefined;
  #ended: EventOf<'run-ended'> | undefined;
  #interruptedBy: RunRecord['interruptedBy'] = null;
  #elapsedMs = 0;

  add(event: JournalEvent): void {
    this.#startedAt ||= event.at;
    this.#elapsedMs = event.elapsedMs;
    if (event.type === 'run-started') this.#started = event;
    else if (event.type === 'run-ended') this.#ended = event;
    else this.#drill(event).add(event);
    if (event.type === 'interrupted') this.#interruptedBy ??= event.signal;
  }

  record(): RunRecord {
    const drills = [...this.#drills.values()].map((drill) => drill.record(this.#elapsedMs));
    const result = resultOf(
      drills.map(({ verdict, error }) => ({ verdict, failure: error?.kind ?? null })),
      this.#interruptedBy,
    );
    return {
      schemaVersion: RECORD_SCHEMA_VERSION,
      runId: this.#started?.runId ?? '',
      seed: this.#started?.seed ?? 0,
      verdict: this.#ended?.verdict ?? result.verdict,
      exitCode: this.#ended?.exitCode ?? result.exitCode,
      argv: this.#started?.argv ?? [],
      directory: this.#started?.directory ?? '',
      startedAt: this.#startedAt,
      durationMs: this.#ended?.durationMs ?? this.#elapsedMs,
      complete: this.#ended !== undefined,
      interruptedBy: this.#interruptedBy,
      reporterProblems: [],
      drills,
    };
  }

  #drill(event: Exclude<JournalEvent, EventOf<'run-started' | 'run-ended'>>): DrillFold {
    const known = this.#drills.get(event.drill);
    if (known !== undefined) return known;
    const drill = new DrillFold(event);
    this.#drills.set(event.drill, drill);
    return drill;
  }
}
