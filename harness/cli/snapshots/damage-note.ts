import { verdictOf } from '../../snapshot/codes.ts';
import type { SnapshotReading } from '../../snapshot/reading.ts';

/** What to say before showing content of a file that must not be trusted; '' when nothing is wrong. */
export async function damageNote(reading: SnapshotReading): Promise<string> {
  const findings = await reading.findings();
  if (verdictOf(findings) !== 'reject') return '';
  const codes = findings.filter((each) => verdictOf([each]) === 'reject').map(({ code }) => code);
  const file = reading.file;
  return `${file} is not whole (${codes.join(', ')}); see: kubedrill verify ${file}\n`;
}
