import type { RunRecord } from '../../harness/model/record.ts';
import type { Scenario } from '../../harness/model/scenario.ts';

/** How a drill ends. */
export interface Ending {
  verdict: string;
  /** Codes of what must be found while the fault lasts and after each recovery, in that order. */
  finds: string[][];
  /** Codes of what was found there and may not be. */
  unexpected: string[];
}

/** How a shipped scenario ends by its own recovery, the same on every target that it names. */
export function endingOf({ symptoms, recovery }: Scenario): Ending {
  const expected = recovery.flatMap(({ expect }) => (expect ? [expect] : []));
  return {
    verdict: expected.length > 0 ? 'reproduced' : 'passed',
    finds: [...(symptoms ? [symptoms] : []), ...expected].map(({ findings }) =>
      findings.toSorted(),
    ),
    unexpected: [],
  };
}

/** How the first drill of a run did end, in the same terms. */
export function endingIn({ drills: [drill] }: RunRecord): Ending {
  const { verdict = 'none', expectations = [], findings = [] } = drill ?? {};
  return {
    verdict,
    finds: expectations.map((expectation) => {
      const found = findings.filter(
        ({ round, expected }) => expected && round === expectation.round,
      );
      const codes = new Set(found.map(({ code }) => code));
      return expectation.findings.filter((code) => codes.has(code)).toSorted();
    }),
    unexpected: expectations.flatMap(({ unexpected }) => unexpected),
  };
}
