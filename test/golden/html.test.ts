import { describe, expect, it } from 'vitest';
import { htmlOf } from '../../reports/html/html.ts';
import { foldRecord } from '../../reports/record.ts';
import { failed } from './journals/failed.ts';
import { inconclusive } from './journals/inconclusive.ts';
import { passed } from './journals/passed.ts';
import { reproduced } from './journals/reproduced.ts';

describe.each(Object.entries({ passed, failed, inconclusive, reproduced }))(
  'a drill that ended %s',
  (name, journal) => {
    it('is told as a page for a browser', async () => {
      await expect(htmlOf(foldRecord(journal))).toMatchFileSnapshot(`fixtures/${name}.html`);
    });
  },
);
