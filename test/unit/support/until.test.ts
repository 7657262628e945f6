import { describe, expect, it } from 'vitest';
import { done, hopeless, type Look, notYet, until } from '../../../harness/support/until.ts';
import { FakeClock } from './fake-clock.ts';

const looks = (...queue: Look<string>[]) => {
  let turn = 0;
  return () => queue[Math.min(turn++, queue.length - 1)] ?? notYet('the end');
};

describe('waiting', () => {
  it('looks at once, and does not pause when it is done already', async () => {
    const clock = new FakeClock();
    const value = await until('etcd serves', looks(done('yes')), { timeoutMs: 1000, clock });
    expect(value).toBe('yes');
    expect(clock.pausesMs).toEqual([]);
  });

  it('pauses for the interval between looks', async () => {
    const clock = new FakeClock();
    const probe = looks(notYet('starting'), notYet('starting'), done('yes'));
    await until('etcd serves', probe, { timeoutMs: 1000, intervalMs: 30, clock });
    expect(clock.pausesMs).toEqual([30, 30]);
  });

  it('looks a last time when the deadline has come', async () => {
    const clock = new FakeClock();
    const probe = () => (clock.elapsedMs >= 100 ? done('in time') : notYet('starting'));
    const value = await until('etcd serves', probe, { timeoutMs: 100, intervalMs: 70, clock });
    expect(value).toBe('in time');
    expect(clock.pausesMs).toEqual([70, 30]);
  });

  it('says after the deadline what was waited for, what was seen last and what to do', async () => {
    const probe = looks(notYet('connection refused'), notYet('no leader'));
    const waiting = until('etcd serves', probe, {
      timeoutMs: 2500,
      intervalMs: 1000,
      clock: new FakeClock(),
      hint: 'read the log',
    });
    await expect(waiting).rejects.toMatchObject({
      kind: 'drill',
      message: 'wait until etcd serves: not after 2.5 s; last seen: no leader',
      hint: 'read the log',
    });
  });

  it('takes an exception of the look for "not yet"', async () => {
    let turn = 0;
    const probe = () => {
      turn += 1;
      if (turn === 1) throw new Error('connection refused');
      return turn === 2 ? Promise.reject(new Error('no leader')) : done(turn);
    };
    const saw: string[] = [];
    const clock = new FakeClock();
    await until('etcd serves', probe, { timeoutMs: 1000, clock, onLook: (each) => saw.push(each) });
    expect(saw).toEqual(['connection refused', 'no leader']);
  });

  it('gives up at once when waiting longer is no use', async () => {
    const clock = new FakeClock();
    const dead = new Error('port 2379 is in use');
    const waiting = until('etcd serves', looks(notYet('starting'), hopeless(dead)), {
      timeoutMs: 60_000,
      intervalMs: 10,
      clock,
    });
    await expect(waiting).rejects.toBe(dead);
    expect(clock.elapsedMs).toBe(10);
  });

  it('ends a pause of the real clock when it is told to stop', async () => {
    const stop = new AbortController();
    const waiting = until('etcd serves', () => notYet('starting'), {
      timeoutMs: 600_000,
      intervalMs: 600_000,
      signal: stop.signal,
      onLook: () => stop.abort(),
    });
    await expect(waiting).rejects.toMatchObject({ kind: 'interrupted' });
  });

  it('does not even look when it was told to stop before', async () => {
    const probe = () => {
      throw new Error('looked');
    };
    const waiting = until('etcd serves', probe, { timeoutMs: 1000, signal: AbortSignal.abort() });
    await expect(waiting).rejects.toMatchObject({ kind: 'interrupted', happened: 'stopped' });
  });
});
