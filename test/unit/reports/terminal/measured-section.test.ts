import { expect, test } from 'vitest';
import type { DrillRecord } from '../../../../harness/model/record.ts';
import { foldRecord } from '../../../../reports/record.ts';
import { measuredSection } from '../../../../reports/terminal/measured-section.ts';
import { PLAIN_PAGE } from '../../../../reports/terminal/page.ts';
import { passed } from '../../../golden/journals/passed.ts';

function outagesShown(outages: DrillRecord['outages']): string[] {
  const [drill] = foldRecord(passed).drills;
  if (drill === undefined) throw new Error('the journal has no drill');
  const lines = measuredSection({ ...drill, outages }, PLAIN_PAGE);
  return lines.filter((line) => line.trim().startsWith('outage')).map((line) => line.trim());
}

const span = (startMs: number, endMs: number) => ({ startMs, endMs });

test('an outage is told with its sum, how often it came, and the longest', () => {
  const api = [span(0, 1000), span(5000, 9000)].map((each) => ({ probe: 'api', ...each }));
  expect(outagesShown(api)).toEqual(['outage       5.0 s   api, 2 times, at most 4.0 s']);
});

test('of the parts of a service only the one that was out longest is told, beside the whole', () => {
  const shown = outagesShown([
    { probe: 'dns', ...span(0, 1000) },
    { probe: 'dns', part: 'UDP', ...span(0, 1000) },
    { probe: 'dns', part: 'SRV', ...span(0, 3000) },
    { probe: 'service', part: 'shop from worker', ...span(0, 2000), lasting: true },
  ]);
  expect(shown).toEqual([
    'outage       1.0 s   dns',
    'outage       3.0 s   dns, SRV, longest of its parts',
    'outage       2.0 s   service, shop from worker, longest of its parts, still out at the end',
  ]);
});

test('an outage is told with its budget, where it has one', () => {
  const shown = outagesShown([
    { probe: 'etcd', ...span(0, 1000), budgetMs: 120_000 },
    { probe: 'api', ...span(0, 1000) },
  ]);
  expect(shown).toEqual([
    'outage       1.0 s   etcd, budget 2 min 00 s',
    'outage       1.0 s   api',
  ]);
});
