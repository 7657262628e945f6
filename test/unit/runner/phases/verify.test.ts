import { describe, expect, it } from 'vitest';
import { CHECKS, checkByName, type Examined } from '../../../../harness/checks/index.ts';
import type { Examination } from '../../../../harness/model/check.ts';
import type { Rto } from '../../../../harness/model/event.ts';
import { finding } from '../../../../harness/model/finding.ts';
import type { DrillContext } from '../../../../harness/runner/drill-context.ts';
import type { Look } from '../../../../harness/runner/look.ts';
import type { Lookout } from '../../../../harness/runner/lookout.ts';
import { settle, troubles, verify } from '../../../../harness/runner/phases/verify.ts';

const examined = (examination: Partial<Examination>, index: number): Examined[] =>
  CHECKS.slice(index, index + 1).map((check) => ({
    check,
    examination: { verdict: 'pass', reason: null, findings: [], ...examination },
  }));
const failure = (code: string) =>
  finding({ code, severity: 'error', message: code, where: 'etcd-1', cure: 'none' });

it('troubles name what failed with each code once, and what could not look with the reason', () => {
  const all = [
    ...examined({ verdict: 'pass' }, 0),
    ...examined({ verdict: 'fail', findings: [failure('a'), failure('b'), failure('a')] }, 1),
    ...examined({ verdict: 'unknown', reason: 'etcd-1 does not answer' }, 2),
    ...examined({ verdict: 'skipped', reason: 'no API server' }, 3),
  ];
  expect(troubles(all)).toEqual([
    `${CHECKS[1]?.name} (a, b)`,
    `${CHECKS[2]?.name} (etcd-1 does not answer)`,
  ]);
});

describe('a look after everything had healed', () => {
  const SETTLED = { rto: { totalMs: 1 } as Rto, rpo: null };
  const UNSETTLED = { rto: null, rpo: null };

  /** Verifies on what each look finds. @returns the codes that counted, and what was noted. */
  async function verified(
    measured: typeof SETTLED | typeof UNSETTLED,
    looks: string[][],
    settled?: Look,
  ) {
    const notes: string[] = [];
    const left = [...looks];
    const lookout = {
      look: async () => {
        const findings = (left.shift() ?? []).map(failure);
        const verdict = findings.length > 0 ? 'fail' : 'pass';
        return { examined: [...examined({ verdict, findings }, 0)] };
      },
      complete: async () => [],
    } as unknown as Lookout;
    const journal = { write: () => {}, note: (_: string, note: string) => notes.push(note) };
    const { signal } = new AbortController();
    const context = { journal, signal, plan: {} } as unknown as DrillContext;
    const counted = await verify(context, lookout, measured, settled);
    const codes = counted.flatMap(({ examination }) =>
      examination.findings.map(({ code }) => code),
    );
    return { codes, notes, looks: looks.length - left.length };
  }

  it('is repeated twice at most when what may heal shows, and the last one counts', async () => {
    const name = CHECKS[0]?.name;
    expect(await verified(SETTLED, [['get-failed'], []])).toEqual({
      codes: [],
      notes: [`looked at again: ${name} (get-failed)`],
      looks: 2,
    });
    const always = [['get-failed'], ['get-failed'], ['get-failed'], []];
    expect(await verified(SETTLED, always)).toMatchObject({ codes: ['get-failed'], looks: 3 });
  });

  it('is not asked for where one of a moment ago, at which nothing was wrong, can be completed', async () => {
    const settled = { observations: [], examined: [], taken: [] };
    expect(await verified(SETTLED, [['get-failed']], settled)).toMatchObject({
      codes: [],
      looks: 0,
    });
  });

  it('stands when it finds what cannot heal, and when nothing had healed', async () => {
    expect(await verified(SETTLED, [['object-missing'], []])).toMatchObject({
      codes: ['object-missing'],
      looks: 1,
    });
    expect(await verified(UNSETTLED, [['get-failed'], []])).toMatchObject({
      codes: ['get-failed'],
      looks: 1,
    });
  });
});

it('nothing is waited for, or looked at, where the recovery is judged at once', async () => {
  let looks = 0;
  const lookout = {
    look: async () => {
      looks += 1;
      return { examined: [] };
    },
  } as unknown as Lookout;
  const context = {
    journal: { waiting: () => {} },
    signal: new AbortController().signal,
    plan: {},
  } as unknown as DrillContext;
  expect(await settle(context, lookout, 0)).toBeUndefined();
  expect(looks).toBe(0);
  expect(await settle(context, lookout, 1000)).toEqual({ examined: [] });
  expect(looks).toBe(1);
});

it.each([
  ['budgets', 'rto-exceeded', true],
  ['sentinels', 'sentinel-lost', false],
])(
  'what %s finds (%s) leaves a recovery that has come right settled: %s',
  async (name, code, settled) => {
    const check = checkByName(name);
    if (check === undefined) throw new Error(`no check ${name}`);
    const examination = { verdict: 'fail', reason: null, findings: [failure(code)] } as const;
    const lookout = { look: async () => ({ examined: [{ check, examination }] }) };
    const context = { journal: {}, signal: new AbortController().signal, plan: {} };
    const last = await settle(
      context as unknown as DrillContext,
      lookout as unknown as Lookout,
      1000,
    );
    expect(last !== undefined).toBe(settled);
  },
);
