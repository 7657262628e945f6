import { describe, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { expectNamedAndCured, SYMPTOMS } from '../symptom-drills.ts';

await requireTarget('container');

const TIMEOUT_MS = 5 * 60_000;

describe('between containers the cause is named while the fault lasts, and nothing is lost', () => {
  // Only here hosts have several users.
  const drills = [...SYMPTOMS, ['wrong-owner', 'member-will-not-start']] as const;
  test.each(drills)('%s: %s', { timeout: TIMEOUT_MS }, (scenario, code) =>
    expectNamedAndCured('container', scenario, code),
  );
});
