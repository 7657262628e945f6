import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { JournalEvent } from '../model/event.ts';
import { messageOf, usageError } from '../support/errors.ts';

/**
 * The stamp is checked here; what the events of each type hold is checked with the record made of
 * them.
 */
const stampedSchema = z.looseObject({
  seq: z.int().nonnegative(),
  at: z.iso.datetime(),
  elapsedMs: z.number().nonnegative(),
  type: z.string(),
});

/**
 * Reads a journal back. A last line that was cut (the run was killed while writing) is left out.
 * @throws DrillError (kind usage) when the file cannot be read or another line is no event.
 */
export async function readJournal(path: string): Promise<JournalEvent[]> {
  const lines = (await readText(path)).split('\n');
  const lastLine = lines.pop() ?? '';
  const events = lines.map((line, index) => {
    const event = parseLine(line);
    if (event === undefined) {
      throw usageError(`read ${path}`, `line ${index + 1} is no event of a kubedrill journal`);
    }
    return event;
  });
  const unended = parseLine(lastLine);
  if (unended !== undefined) events.push(unended);
  if (events.length === 0) throw usageError(`read ${path}`, 'there is no event in it');
  return events;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw usageError(`read the journal ${path}`, messageOf(thrown));
  }
}

function parseLine(line: string): JournalEvent | undefined {
  try {
    const parsed = stampedSchema.safeParse(JSON.parse(line));
    return parsed.success ? (parsed.data as unknown as JournalEvent) : undefined;
  } catch {
    return undefined;
  }
}
