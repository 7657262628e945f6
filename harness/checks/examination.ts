import type { Examination } from '../model/check.ts';
import type { Finding } from '../model/finding.ts';

const REASONS_MAX = 3;

/**
 * The verdict that follows from what was found and what could not be seen. An error that was
 * found stands whatever could not be seen; without one, a blind spot makes the check unknown.
 * @param blind reasons, as `blindSpots` gives them.
 */
export function examined(findings: readonly Finding[], blind: readonly string[]): Examination {
  if (findings.some((found) => found.severity === 'error'))
    return { verdict: 'fail', reason: null, findings: [...findings] };
  if (blind.length > 0)
    return { verdict: 'unknown', reason: joinReasons(blind), findings: [...findings] };
  return { verdict: 'pass', reason: null, findings: [...findings] };
}

export function unknown(...reasons: readonly string[]): Examination {
  return { verdict: 'unknown', reason: joinReasons(reasons), findings: [] };
}

export function skipped(reason: string): Examination {
  return { verdict: 'skipped', reason, findings: [] };
}

function joinReasons(reasons: readonly string[]): string {
  // A host that is down is so for every kind of look: the first one tells it.
  const distinct = reasons.filter(
    (reason, index) => reasons.findIndex((other) => causeOf(other) === causeOf(reason)) === index,
  );
  const rest = distinct.length - REASONS_MAX;
  const shown = distinct.slice(0, REASONS_MAX).join('; ');
  return rest > 0 ? `${shown}; and ${rest} more` : shown;
}

/** What follows `no member status from etcd-3: `. */
function causeOf(reason: string): string {
  return reason.slice(reason.indexOf(': ') + 1);
}
