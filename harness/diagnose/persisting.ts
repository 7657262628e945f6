import type { Examination } from '../model/check.ts';
import { done, notYet, until } from '../support/until.ts';
import type { Patient } from './patient.ts';

const LOOKS = 5;

/** What is still found after a while: between two looks of a living cluster things come and go. */
export async function persisting(
  patient: Patient,
  patienceMs: number,
  look: () => Promise<Examination>,
): Promise<Examination> {
  const { clock, signal } = patient.parts;
  let last = await look();
  if (last.findings.length === 0) return last;
  await until(
    'nothing is found any more',
    async () => {
      last = await look();
      return last.findings.length === 0 ? done(undefined) : notYet('it is');
    },
    { timeoutMs: patienceMs, intervalMs: patienceMs / LOOKS, signal, clock },
  ).catch(() => undefined);
  return last;
}
