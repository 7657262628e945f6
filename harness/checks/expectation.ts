import type { Examination } from '../model/check.ts';
import { listed } from './wording.ts';

/** What an entry of `recovery` says will be found. */
export interface Expectation {
  findings: readonly string[];
  mayAlso: readonly string[];
}

export interface ExpectationVerdict {
  verdict: 'reproduced' | 'failed';
  /** One sentence. */
  reason: string;
  /** Expected and not found. */
  missing: string[];
  /** Found and neither expected nor allowed. */
  outside: string[];
}

/**
 * Whether a round found what was expected and nothing else. Findings of severity info do not
 * count; what was allowed may be there or not.
 */
export function judgeExpectation(
  examinations: readonly Examination[],
  expectation: Expectation,
): ExpectationVerdict {
  const found = new Set(
    examinations
      .flatMap((examination) => examination.findings)
      .filter(({ severity }) => severity !== 'info')
      .map(({ code }) => code),
  );
  const allowed = new Set([...expectation.findings, ...expectation.mayAlso]);
  const missing = expectation.findings.filter((code) => !found.has(code));
  const outside = [...found].filter((code) => !allowed.has(code));
  if (missing.length === 0 && outside.length === 0)
    return { verdict: 'reproduced', reason: reproduced(expectation), missing, outside };
  const parts = [
    ...(missing.length > 0 ? [`${listed(missing)} was expected and not found`] : []),
    ...(outside.length > 0 ? [`${listed(outside)} was found and not expected`] : []),
  ];
  return { verdict: 'failed', reason: parts.join('; '), missing, outside };
}

function reproduced({ findings }: Expectation): string {
  return findings.length === 0
    ? 'nothing was found, as expected'
    : `found as expected: ${listed(findings)}`;
}
