import { describe, expect, it } from 'vitest';
import { recordSchema } from '../../../harness/model/record.ts';
import { foldRecord } from '../../../reports/record.ts';
import { describeEvent } from '../../../reports/sentence.ts';
import { failed } from '../../golden/journals/failed.ts';
import { passed } from '../../golden/journals/passed.ts';
import { reproduced } from '../../golden/journals/reproduced.ts';

describe('the record of a run', () => {
  it('is well-formed after any number of its events', () => {
    for (let length = 1; length <= failed.length; length += 1) {
      const record = foldRecord(failed.slice(0, length));
      expect(recordSchema.safeParse(record).error).toBeUndefined();
    }
  });

  it('of a run that was killed is inconclusive and says where it ended', () => {
    const until = passed.findIndex((event) => event.type === 'runbook-ended' && event.round === 1);
    const record = foldRecord(passed.slice(0, until));
    expect(record).toMatchObject({ complete: false, verdict: 'inconclusive', exitCode: 4 });
    expect(record.drills[0]?.reason).toMatch(/ends in phase recover/);
    expect(record.drills[0]?.phases.at(-1)).toMatchObject({ name: 'recover', verdict: null });
  });

  it('has the steps of each runbook on each host with their own ends', () => {
    const runbook = foldRecord(passed).drills[0]?.runbooks.at(-1);
    expect(runbook?.steps.map(({ number, host, exitCode }) => [number, host, exitCode])).toEqual([
      [1, 'etcd-1', 0],
      [2, 'etcd-1', 0],
      [2, 'etcd-2', 0],
      [2, 'etcd-3', 0],
    ]);
  });

  it('knows in which phase a runbook was followed', () => {
    const phases = foldRecord(passed).drills[0]?.runbooks.map(({ name, phase }) => [name, phase]);
    expect(phases).toEqual([
      ['snapshot-save', 'backup'],
      ['restore-all-members', 'recover'],
    ]);
  });

  it('counts the time of a phase from the beginning of its drill', () => {
    expect(foldRecord(passed).drills[0]?.phases[1]).toMatchObject({
      name: 'provision',
      startMs: 110,
      durationMs: 3180,
    });
  });

  it('tells an outage that was not over at the end from one that was', () => {
    const cut = passed.map((event) =>
      event.type === 'outage'
        ? { ...event, outage: { ...event.outage, lasting: true as const } }
        : event,
    );
    const lasting = (events: typeof passed) =>
      foldRecord(events).drills[0]?.outages.map((outage) => outage.lasting ?? false);
    expect([lasting(passed), lasting(cut)]).toEqual([[false], [true]]);
    expect(recordSchema.parse(foldRecord(cut)).drills[0]?.outages[0]?.lasting).toBe(true);
    const sentences = [passed, cut].map((events) =>
      events.flatMap((event) => (event.type === 'outage' ? [describeEvent(event)] : [])).join(),
    );
    expect(sentences[0]).toMatch(/was out for/);
    expect(sentences[1]).toMatch(/was still out after/);
  });

  it('marks the findings that the scenario expected, in their round only', () => {
    const found = foldRecord(reproduced).drills[0]?.findings;
    expect(found?.map(({ code, round, expected }) => [code, round, expected])).toEqual([
      ['ghost-object', 1, true],
      ['stale-watch', 1, true],
    ]);
    const elsewhere = reproduced.map((event) =>
      event.type === 'check' && event.round === 1 ? { ...event, round: 2 } : event,
    );
    expect(foldRecord(elsewhere).drills[0]?.findings.some(({ expected }) => expected)).toBe(false);
  });

  it('has the whole number of objects although it names but twenty', () => {
    const found = foldRecord(failed).drills[0]?.findings[0];
    expect([found?.objectCount, found?.objects.length]).toEqual([23, 20]);
  });

  it('remembers the signal that stopped the run', () => {
    const cut = passed.slice(0, 20);
    const last = cut.at(-1);
    if (last === undefined) throw new Error('the journal is too short');
    const record = foldRecord([
      ...cut,
      {
        seq: 20,
        at: last.at,
        elapsedMs: last.elapsedMs,
        type: 'interrupted',
        drill: 0,
        signal: 'SIGINT',
      },
    ]);
    expect(record).toMatchObject({ interruptedBy: 'SIGINT', exitCode: 130 });
  });
});
