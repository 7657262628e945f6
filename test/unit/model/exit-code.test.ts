import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../../harness/model/event.ts';
import { type DrillOutcome, exitCodeOfDrill, resultOf } from '../../../harness/model/exit-code.ts';
import type { DrillVerdict } from '../../../harness/model/verdict.ts';

const ended = (verdict: DrillVerdict, failure: FailureKind | null = null): DrillOutcome => ({
  verdict,
  failure,
});

describe('the exit code of one drill', () => {
  it.each([
    ['passed', 0],
    ['reproduced', 0],
    ['failed', 1],
    ['skipped', 3],
    ['invalid', 4],
    ['ineffective', 4],
    ['inconclusive', 4],
  ] as const)('that ended %s is %i', (verdict, code) => {
    expect(exitCodeOfDrill(ended(verdict))).toBe(code);
  });

  it.each([
    ['drill', 1],
    ['usage', 2],
    ['environment', 3],
    ['interrupted', 4],
    ['internal', 5],
  ] as const)('that ended by an error of kind %s is %i', (kind, code) => {
    expect(exitCodeOfDrill(ended('error', kind))).toBe(code);
  });

  it('that ended by an error of nobody knows whom is 5', () => {
    expect(exitCodeOfDrill(ended('error'))).toBe(5);
  });
});

describe('the result of several drills', () => {
  const byCode = [
    ended('error', 'internal'),
    ended('failed'),
    ended('error', 'environment'),
    ended('invalid'),
    ended('passed'),
  ];

  it.each([
    [0, 5],
    [1, 1],
    [2, 3],
    [3, 4],
    [4, 0],
  ])('is the first of 5, 1, 3, 4, 0: without the first %i it is %i', (leftOut, code) => {
    expect(resultOf(byCode.slice(leftOut)).exitCode).toBe(code);
    expect(resultOf(byCode.slice(leftOut).reverse()).exitCode).toBe(code);
  });

  it('leaves a skipped drill out unless every drill was skipped', () => {
    expect(resultOf([ended('skipped'), ended('passed')])).toEqual({
      verdict: 'passed',
      exitCode: 0,
    });
    expect(resultOf([ended('skipped'), ended('skipped')])).toEqual({
      verdict: 'skipped',
      exitCode: 3,
    });
  });

  it('is not green when nothing was run', () => {
    expect(resultOf([]).exitCode).toBe(4);
  });

  it('gives way to a signal', () => {
    expect(resultOf([ended('failed')], 'SIGINT')).toEqual({ verdict: 'failed', exitCode: 130 });
    expect(resultOf([ended('passed')], 'SIGTERM').exitCode).toBe(143);
    expect(resultOf([], 'SIGINT').exitCode).toBe(130);
  });
});
