import { describe, expect, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { type Day, inTurn, skipUnlessItIs } from '../turns.ts';
import { drill, workplace } from './kubedrill.ts';

await requireTarget('process');

const TIMEOUT_MS = 8 * 60_000;

interface Incident {
  scenario: string;
  /** Of what is found after every step of its recovery, the codes that begin so; null where either may be. */
  about: RegExp;
  finds: (string[] | null)[];
}

const DAILY: readonly Incident[] = [
  {
    scenario: 'openkruise-webhook/resurrected-after-uninstall',
    about: /^pod-/,
    finds: [['pod-webhook-refuses'], []],
  },
  {
    scenario: 'openkruise-webhook/as-told',
    about: /^pod-/,
    finds: [['pod-webhook-refuses'], ['pod-webhook-refuses'], ['pod-webhook-service-missing'], []],
  },
  {
    scenario: 'resurrected-and-lost/revoked-grant',
    about: /-returned$|^prediction-/,
    finds: [['grant-returned', 'account-returned'], ['grant-returned'], []],
  },
  {
    scenario: 'token-and-key-mismatch/other-service-account-key',
    about: /^token-/,
    finds: [['token-refused'], ['token-refused'], []],
  },
  {
    scenario: 'stalled-watches/kube-apiserver',
    about: /^workload-|^ghost-/,
    finds: [['ghost-object', 'workload-without-pod'], ['ghost-object', 'workload-without-pod'], []],
  },
];

/** Variants that show what others show, or take longer. */
const IN_TURN: readonly Incident[] = [
  {
    scenario: 'openkruise-webhook/ca-mismatch',
    about: /^pod-/,
    finds: [['pod-webhook-ca-mismatch'], ['pod-webhook-ca-mismatch'], []],
  },
  {
    scenario: 'resurrected-and-lost/lost-service-ip',
    about: /^service-|^prediction-/,
    finds: [[], ['service-address-taken'], ['service-address-taken'], []],
  },
  {
    scenario: 'openkruise-webhook/no-endpoints',
    about: /^pod-/,
    finds: [['pod-webhook-refuses'], ['pod-webhook-no-endpoints'], [], []],
  },
  {
    scenario: 'openkruise-webhook/service-gone',
    about: /^pod-/,
    finds: [[], ['pod-webhook-hollow'], ['pod-webhook-service-missing'], []],
  },
  {
    scenario: 'openkruise-webhook/dead-endpoints',
    about: /^pod-/,
    finds: [['pod-webhook-silent'], []],
  },
  {
    scenario: 'openkruise-webhook/stranger-on-old-ip',
    about: /^pod-/,
    finds: [['pod-webhook-stranger'], []],
  },
  {
    scenario: 'openkruise-webhook/self-blocking',
    about: /^pod-/,
    finds: [
      ['pod-webhook-refuses'],
      ['pod-webhook-no-endpoints'],
      ['pod-webhook-no-endpoints'],
      ['pod-webhook-no-endpoints'],
      [],
    ],
  },
  {
    scenario: 'resurrected-and-lost/two-services-one-ip',
    about: /^service-/,
    finds: [[], ['service-address-shared'], []],
  },
  {
    scenario: 'resurrected-and-lost/jobs-run-again',
    about: /-returned$|^job-/,
    finds: [['namespace-returned', 'job-runs-again'], ['namespace-returned', 'job-runs-again'], []],
  },
  {
    scenario: 'resurrected-and-lost/cronjob-catches-up',
    about: /^scheduled-|^prediction-/,
    finds: [null, ['scheduled-run-repeated'], []],
  },
  {
    scenario: 'token-and-key-mismatch/lost-encryption-configuration',
    about: /^decryption-|^stored-/,
    finds: [
      ['decryption-failed'],
      ['decryption-failed', 'stored-in-plain-text'],
      ['stored-in-plain-text'],
      [],
    ],
  },
  {
    scenario: 'token-and-key-mismatch/expired-bootstrap-token',
    about: /^bootstrap-/,
    finds: [['bootstrap-token-expired'], ['bootstrap-token-expired'], []],
  },
  {
    scenario: 'resurrected-and-lost/unknown-owners',
    about: /^prediction-/,
    finds: [[], [], []],
  },
  {
    scenario: 'resurrected-and-lost/volume-reclaimed',
    about: /^prediction-/,
    finds: [[], [], []],
  },
  {
    scenario: 'stalled-watches/ghost-namespace',
    about: /^object-orphaned$/,
    finds: [[], ['object-orphaned'], []],
  },
  {
    scenario: 'stalled-watches/kube-controller-manager',
    about: /^workload-/,
    finds: [['workload-without-pod'], []],
  },
  {
    scenario: 'stalled-watches/counter-catches-up',
    about: /^workload-/,
    finds: [['workload-without-pod'], ['workload-without-pod'], [], []],
  },
  {
    scenario: 'stalled-watches/kube-scheduler',
    about: /^workload-/,
    finds: [['workload-without-node'], []],
  },
];

/** The same restores without what makes the incident, and the checks that have nothing to say. */
const TWINS: readonly { scenario: string; silent: string[]; day?: Day }[] = [
  {
    scenario: 'resurrected-and-lost/nothing-dangerous',
    silent: ['prediction', 'aftermath', 'orphans', 'encryption', 'tokens'],
  },
  {
    scenario: 'stalled-watches/with-bump',
    silent: ['workload', 'watches', 'object-views'],
    day: 'Thursday',
  },
];

const INCIDENTS: readonly [incident: Incident, day?: Day][] = [
  ...DAILY.map((incident): [Incident] => [incident]),
  ...inTurn(IN_TURN),
];

describe('incidents on real components', { concurrent: true }, () => {
  for (const [{ scenario, about, finds }, day] of INCIDENTS) {
    test(`${scenario} is reproduced and cured`, { timeout: TIMEOUT_MS }, async (context) => {
      if (day !== undefined) skipUnlessItIs(day, context);
      await using place = await workplace();
      const { record } = await drill(place, [scenario]);
      const [played] = record.drills;
      expect(record.verdict, played?.reason).toBe('reproduced');
      for (const [index, codes] of finds.entries()) {
        if (codes === null) continue;
        const found = (played?.findings ?? [])
          .filter(({ round, code }) => round === index + 1 && about.test(code))
          .map(({ code }) => code);
        expect(new Set(found)).toEqual(new Set(codes));
      }
    });
  }

  for (const { scenario, silent, day } of TWINS) {
    test(`${scenario} finds none of it`, { timeout: TIMEOUT_MS }, async (context) => {
      if (day !== undefined) skipUnlessItIs(day, context);
      await using place = await workplace();
      const { record } = await drill(place, [scenario]);
      const [played] = record.drills;
      expect(record.verdict, played?.reason).toBe('passed');
      const passed = (played?.checks ?? [])
        .filter(({ phase, verdict }) => phase === 'verify' && verdict === 'pass')
        .map(({ name }) => name);
      expect(passed).toEqual(expect.arrayContaining(silent));
    });
  }
});
