import { describe, expect, test } from 'vitest';
import { judgeExpectation } from '../../../harness/checks/expectation.ts';
import type { Examination } from '../../../harness/model/check.ts';
import { finding, type Severity } from '../../../harness/model/finding.ts';

function found(...codes: string[]): Examination[] {
  return codes.map((code) => withSeverity(code, 'error'));
}

function withSeverity(code: string, severity: Severity): Examination {
  const seen = finding({ code, severity, message: 'It is so.', where: 'etcd-1', cure: 'None.' });
  return { verdict: 'fail', reason: null, findings: [seen] };
}

describe('an expectation', () => {
  const expected = { findings: ['ghost-object', 'stale-cache'], mayAlso: ['watch-stalled'] };

  test('is reproduced when exactly its findings are there', () => {
    expect(judgeExpectation(found('stale-cache', 'ghost-object'), expected)).toEqual({
      verdict: 'reproduced',
      reason: 'found as expected: ghost-object and stale-cache',
      missing: [],
      outside: [],
    });
  });

  test('is reproduced with what may also be there', () => {
    const judged = judgeExpectation(
      found('stale-cache', 'ghost-object', 'watch-stalled'),
      expected,
    );
    expect(judged.verdict).toBe('reproduced');
  });

  test('fails and names what was not found', () => {
    expect(judgeExpectation(found('ghost-object', 'watch-stalled'), expected)).toEqual({
      verdict: 'failed',
      reason: 'stale-cache was expected and not found',
      missing: ['stale-cache'],
      outside: [],
    });
  });

  test('fails and names what was found beside it, once', () => {
    const judged = judgeExpectation(
      found('ghost-object', 'stale-cache', 'split-brain', 'split-brain'),
      expected,
    );
    expect(judged.verdict).toBe('failed');
    expect(judged.outside).toEqual(['split-brain']);
    expect(judged.reason).toBe('split-brain was found and not expected');
  });

  test('tells both at once', () => {
    const judged = judgeExpectation(found('ghost-object', 'no-leader'), expected);
    expect(judged.reason).toBe(
      'stale-cache was expected and not found; no-leader was found and not expected',
    );
  });

  test('counts warnings, and no information', () => {
    const beside = [...found('ghost-object', 'stale-cache'), withSeverity('note', 'info')];
    expect(judgeExpectation(beside, expected).verdict).toBe('reproduced');
    const warned = [...found('ghost-object', 'stale-cache'), withSeverity('slow', 'warning')];
    expect(judgeExpectation(warned, expected).outside).toEqual(['slow']);
    const only = judgeExpectation([withSeverity('a', 'info')], { findings: ['a'], mayAlso: [] });
    expect(only.missing).toEqual(['a']);
  });

  test('of nothing is reproduced by nothing', () => {
    const nothing = { findings: [], mayAlso: [] };
    expect(judgeExpectation([], nothing).reason).toBe('nothing was found, as expected');
    expect(judgeExpectation(found('no-leader'), nothing).verdict).toBe('failed');
  });
});
