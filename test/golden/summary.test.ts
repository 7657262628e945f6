import { describe, expect, it } from 'vitest';
import { recordSchema } from '../../harness/model/record.ts';
import { recordText } from '../../reports/json.ts';
import { foldRecord } from '../../reports/record.ts';
import type { Page } from '../../reports/terminal/page.ts';
import { summaryOfRun } from '../../reports/terminal/summary.ts';
import { displayWidth } from '../../reports/text.ts';
import { failed } from './journals/failed.ts';
import { inconclusive } from './journals/inconclusive.ts';
import { passed } from './journals/passed.ts';
import { reproduced } from './journals/reproduced.ts';

const page = (width: number): Page => ({ width, paint: (_tone, text) => text });
const journals = { passed, failed, inconclusive, reproduced };

describe.each(Object.entries(journals))('the journal of a drill that ended %s', (name, journal) => {
  const record = foldRecord(journal);

  it('folds into the record that is published', async () => {
    expect(recordSchema.parse(record)).toEqual(record);
    await expect(recordText(record)).toMatchFileSnapshot(`fixtures/${name}.record.json`);
  });

  it('gives the summary that a person reads', async () => {
    const text = `${summaryOfRun(record, page(100)).join('\n')}\n`;
    await expect(text).toMatchFileSnapshot(`fixtures/${name}.summary.txt`);
  });

  it('fits into a narrow terminal, except for what is there to be copied', () => {
    const copied = /^(Again|Evidence)|^ {4}[|$ ]/;
    const wide = summaryOfRun(record, page(40)).filter(
      (line) => displayWidth(line) > 40 && !copied.test(line),
    );
    expect(wide).toEqual([]);
  });
});
