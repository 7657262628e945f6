import { describe, expect, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { drill, workplace } from './kubedrill.ts';

await requireTarget('process');

const TIMEOUT_MS = 6 * 60_000;

/** Each with what is found after every step of its recovery; nothing after the cure. */
const INCIDENTS: readonly { scenario: string; finds: string[][] }[] = [
  {
    scenario: 'openkruise-webhook/resurrected-after-uninstall',
    finds: [['pod-webhook-refuses'], []],
  },
  {
    scenario: 'openkruise-webhook/as-told',
    finds: [['pod-webhook-refuses'], ['pod-webhook-refuses'], ['pod-webhook-service-missing'], []],
  },
  {
    scenario: 'openkruise-webhook/ca-mismatch',
    finds: [['pod-webhook-ca-mismatch'], ['pod-webhook-ca-mismatch'], []],
  },
];

describe('incidents on real components', { concurrent: true }, () => {
  for (const { scenario, finds } of INCIDENTS) {
    test(`${scenario} is reproduced and cured`, { timeout: TIMEOUT_MS }, async () => {
      await using place = await workplace();
      const { record } = await drill(place, [scenario]);
      const [played] = record.drills;
      expect(record.verdict, played?.reason).toBe('reproduced');
      for (const [index, codes] of finds.entries()) {
        const admission = (played?.findings ?? [])
          .filter(({ round, code }) => round === index + 1 && code.startsWith('pod-'))
          .map(({ code }) => code);
        expect([...new Set(admission)]).toEqual(codes);
      }
    });
  }
});
