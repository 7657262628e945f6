import { describe, expect, it } from 'vitest';
import { CleanupStack } from '../../../harness/support/cleanup.ts';
import { FakeClock } from './fake-clock.ts';

const NEVER = () => new Promise<void>(() => {});

describe('cleaning up', () => {
  it('undoes what was made last first', async () => {
    const cleanup = new CleanupStack();
    const undone: string[] = [];
    for (const what of ['network', 'host', 'etcd'])
      cleanup.register(what, () => void undone.push(what));
    expect(await cleanup.unwind()).toEqual([]);
    expect(undone).toEqual(['etcd', 'host', 'network']);
  });

  it('goes on after a step that fails, and says what was left and why', async () => {
    const cleanup = new CleanupStack();
    let networkRemoved = false;
    cleanup.register('network', () => {
      networkRemoved = true;
    });
    cleanup.register('mount', () => {
      throw new Error('device is busy');
    });
    cleanup.register('process etcd', () => Promise.reject(new Error('it does not end')));
    expect(await cleanup.unwind()).toEqual([
      { what: 'process etcd', why: 'it does not end' },
      { what: 'mount', why: 'device is busy' },
    ]);
    expect(networkRemoved).toBe(true);
  });

  it('does not wait for ever for one step', async () => {
    const clock = new FakeClock();
    const cleanup = new CleanupStack(clock);
    cleanup.register('process etcd', NEVER, 5000);
    expect(await cleanup.unwind()).toEqual([{ what: 'process etcd', why: 'not done after 5 s' }]);
    expect(clock.elapsedMs).toBe(5000);
  });

  it('leaves no timer behind that would keep the program from ending', async () => {
    const cleanup = new CleanupStack();
    cleanup.register('process etcd', async () => {}, 600_000);
    const timers = () =>
      process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    await cleanup.unwind();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('undoes each step once, also when it is called twice', async () => {
    const cleanup = new CleanupStack();
    let times = 0;
    cleanup.register('host', () => {
      times += 1;
    });
    await cleanup.unwind();
    await cleanup.unwind();
    expect(times).toBe(1);
  });

  it('undoes what a step itself registers', async () => {
    const cleanup = new CleanupStack();
    const undone: string[] = [];
    cleanup.register('host', () => cleanup.register('its log', () => void undone.push('its log')));
    await cleanup.unwind((what) => undone.push(`begins ${what}`));
    expect(undone).toEqual(['begins host', 'begins its log', 'its log']);
  });
});
