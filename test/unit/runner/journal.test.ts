import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventBody, JournalEvent } from '../../../harness/model/event.ts';
import { Journal } from '../../../harness/runner/journal.ts';
import { readJournal } from '../../../harness/runner/journal-reading.ts';
import type { Clock } from '../../../harness/support/clock.ts';

let directory: string;
let path: string;
let nowMs: number;
const clock: Clock = {
  nowMs: () => Date.UTC(2026, 10, 20) + nowMs,
  monotonicMs: () => 5000 + nowMs,
  pause: async () => undefined,
};
const note = (message: string): EventBody => ({ type: 'note', drill: 0, level: 'info', message });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubedrill-journal-'));
  path = join(directory, 'run', 'events.ndjson');
  nowMs = 0;
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a journal', () => {
  it('stamps events with their number, the time and the time since the run began', async () => {
    using journal = new Journal(path, clock);
    journal.write(note('one'));
    nowMs = 1234.4;
    journal.write(note('two'));
    expect(await readJournal(path)).toEqual([
      { seq: 0, at: '2026-11-20T00:00:00.000Z', elapsedMs: 0, ...note('one') },
      { seq: 1, at: '2026-11-20T00:00:01.234Z', elapsedMs: 1234, ...note('two') },
    ]);
  });

  it('has every event on disk before the next thing happens', async () => {
    using journal = new Journal(path, clock);
    journal.write(note('one'));
    expect((await readFile(path, 'utf8')).endsWith('}\n')).toBe(true);
  });

  it('takes secrets out of the file and out of what listeners see', async () => {
    const seen: JournalEvent[] = [];
    using journal = new Journal(path, clock);
    journal.subscribe((event) => seen.push(event));
    const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----';
    journal.write(note(`password="hunter22" ${key}`));
    for (const text of [await readFile(path, 'utf8'), JSON.stringify(seen)]) {
      expect(text).not.toMatch(/hunter22|MIIE/);
    }
  });

  it('tells every listener', () => {
    using journal = new Journal(path, clock);
    const heard: string[] = [];
    journal.subscribe(({ type }) => heard.push(`a ${type}`));
    journal.subscribe(({ type }) => heard.push(`b ${type}`));
    journal.write(note('one'));
    expect(heard).toEqual(['a note', 'b note']);
  });

  it('never writes over the journal of another run', () => {
    new Journal(path, clock).close();
    expect(() => new Journal(path, clock)).toThrow(
      expect.objectContaining({ kind: 'environment', hint: expect.stringContaining('--out') }),
    );
  });

  it('refuses an event after its end, which is a bug of the caller', () => {
    const journal = new Journal(path, clock);
    journal.close();
    expect(() => journal.write(note('late'))).toThrow(/closed/);
  });
});

describe('reading a journal back', () => {
  const write = (...messages: string[]) => {
    using journal = new Journal(path, clock);
    for (const message of messages) journal.write(note(message));
  };

  it('leaves out a last line that was cut, wherever it was cut', async () => {
    write('one', 'two');
    const whole = await readFile(path);
    const second = whole.indexOf('\n') + 1;
    for (const cut of [1, 20, 70, whole.length - second - 2]) {
      await truncate(path, second + cut);
      expect(await readJournal(path)).toHaveLength(1);
      await writeFile(path, whole);
    }
  });

  it('keeps a last line that lacks nothing but its end of line', async () => {
    write('one', 'two');
    await truncate(path, (await readFile(path)).length - 1);
    expect(await readJournal(path)).toHaveLength(2);
  });

  it('names the line that is no event', async () => {
    write('one');
    await writeFile(
      path,
      `${await readFile(path, 'utf8')}{"seq":1}\n${await readFile(path, 'utf8')}`,
    );
    await expect(readJournal(path)).rejects.toMatchObject({ kind: 'usage', happened: /line 2 / });
  });

  it.each(['', '{"seq":'])('does not take %j for a journal', async (content) => {
    await writeFile(join(directory, 'x'), content);
    await expect(readJournal(join(directory, 'x'))).rejects.toMatchObject({ kind: 'usage' });
  });

  it('says so when the file is not there', async () => {
    await expect(readJournal(path)).rejects.toMatchObject({ kind: 'usage', happened: /ENOENT/ });
  });
});
