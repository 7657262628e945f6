import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../harness/model/record.ts';
import { htmlOf } from '../../../../reports/html/html.ts';
import { prose } from '../../../../reports/html/markup.ts';
import { foldRecord } from '../../../../reports/record.ts';
import { failed } from '../../../golden/journals/failed.ts';
import { inconclusive } from '../../../golden/journals/inconclusive.ts';
import { passed } from '../../../golden/journals/passed.ts';
import { reproduced } from '../../../golden/journals/reproduced.ts';
import { fc } from '../../../seeded.ts';
import { anyCharacters } from '../any-characters.ts';

const HOSTILE = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;</style></title>`;
const VOID = new Set(['meta', 'link', 'line', 'circle']);

/** Every text in a record that is free, replaced; what has a fixed set of values stays. */
function withTexts(record: RunRecord, text: string): RunRecord {
  const fixed = /^(verdict|target|phase|name|severity|took|level|kind|interruptedBy)$/;
  const replaced = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return fixed.test(key) ? value : text;
    if (Array.isArray(value)) return value.map((item) => replaced(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, replaced(member, name)]),
    );
  };
  return replaced(record) as RunRecord;
}

/** The names of all elements, in their order; throws where they are not nested. */
function elementsOf(page: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const body = page.replace(/<style>[\s\S]*?<\/style>/, '<style></style>');
  for (const [, end, name = '', rest = ''] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)\b([^<>]*)>/g)) {
    if (end === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes what is not open`);
      continue;
    }
    names.push(name);
    if (!VOID.has(name) && !rest.endsWith('/')) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`);
  return names;
}

const record = foldRecord(failed);

describe('the HTML report', () => {
  it.each(Object.entries({ passed, failed, inconclusive, reproduced }))(
    'nests its elements when a drill ended %s',
    (_name, journal) => {
      expect(elementsOf(htmlOf(foldRecord(journal)))).toContain('svg');
    },
  );

  it('says the verdict and the reason before anything else', () => {
    const text = htmlOf(record)
      .replace(/[\s\S]*<main>/, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    expect(text).toMatch(/^✖ failed quorum-loss on process step 2, &quot;Start etcd&quot;/);
  });

  it('loads nothing and runs nothing', () => {
    const page = htmlOf(record);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<img|<iframe|\ssrc=|url\(|@import|\son\w+=/);
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, to]) => to)).toEqual(['data:,']);
  });

  it('shows hostile texts as text', () => {
    const page = htmlOf(withTexts(record, HOSTILE));
    expect(page).not.toMatch(/<script|<img/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(new Set(elementsOf(page))).toEqual(new Set(elementsOf(htmlOf(record))));
  });

  it('stays one page of the same elements whatever the texts are', () => {
    fc.assert(
      fc.property(anyCharacters, (text) => {
        const page = htmlOf(withTexts(record, `x${text}`));
        expect(() => elementsOf(page)).not.toThrow();
        expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
      }),
      { numRuns: 60 },
    );
  });

  it('tells several drills, with a line each before them', () => {
    const [drill] = record.drills;
    if (drill === undefined) throw new Error('no drill');
    const page = htmlOf({ ...record, drills: [drill, { ...drill, scenario: 'member-loss' }] });
    expect(page).toContain('2 drills');
    expect(page).toContain('<a href="#drill-2">member-loss on process</a>');
  });

  it('tells a run without drills, and one that was stopped', () => {
    expect(htmlOf({ ...record, drills: [] })).toContain('No drill was run.');
    const stopped = htmlOf({ ...record, interruptedBy: 'SIGINT' });
    expect(stopped).toContain('The run was stopped by SIGINT.');
  });

  it('opens the step that failed and no other', () => {
    const blocks = htmlOf(record).match(/<details class="block [^>]*>/g);
    expect(blocks).toEqual([
      '<details class="block ok">',
      '<details class="block ok">',
      '<details class="block bad" open>',
    ]);
  });
});

describe('a sentence with commands in it', () => {
  it.each([
    ['run `ls -l` and `df`', 'run <code>ls -l</code> and <code>df</code>'],
    ['`<b>`', '<code>&lt;b&gt;</code>'],
    ['one ` alone', 'one ` alone'],
    ['', ''],
  ])('%j becomes %j', (sentence, markup) => {
    expect(prose(sentence).text).toBe(markup);
  });
});
