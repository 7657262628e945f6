import { distance } from 'fastest-levenshtein';

/** Something that is wrong with a runbook, where a person finds it. Lines and columns from 1. */
export interface Problem {
  /** An error keeps the runbook from running; a warning is likely a mistake. */
  severity: 'error' | 'warning';
  line: number;
  column: number;
  message: string;
}

/** `docs/restore.md:12:7: unknown role "member"; did you mean "members"?` */
export function describeProblem(file: string, problem: Problem): string {
  const kind = problem.severity === 'warning' ? 'warning: ' : '';
  return `${file}:${problem.line}:${problem.column}: ${kind}${problem.message}`;
}

/** `; did you mean "members"?`, or nothing when no known word is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** The known word that differs in at most a third of its letters, or by two that changed places. */
export function nearest(
  word: string,
  known: readonly string[],
  lettersMax = Math.max(word.length > 3 ? 2 : 1, Math.floor(word.length / 3)),
): string | undefined {
  const ranked = known
    .map((each) => ({ each, letters: distance(word.toLowerCase(), each.toLowerCase()) }))
    .sort((one, other) => one.letters - other.letters);
  const best = ranked[0];
  return best !== undefined && best.letters <= lettersMax ? best.each : undefined;
}
