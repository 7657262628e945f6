import { expect, test } from 'vitest';
import { Watched } from '../../../../harness/runner/availability/watched.ts';

test('an outage lasts from the first refusal asked for to the first answer that came', () => {
  const watched = new Watched('api', 'cp-2');
  watched.note(true, 0, 10);
  watched.note(false, 100, 600);
  watched.note(false, 700, 1200);
  watched.note(true, 1300, 1310.4);
  watched.note(true, 1400, 1410);
  expect(watched.until(2000)).toEqual([{ probe: 'api', part: 'cp-2', startMs: 100, endMs: 1310 }]);
});

test('one that is not over when the asking ends is lasting; of a whole no part is named', () => {
  const watched = new Watched('dns');
  watched.note(false, 50, 60);
  expect(watched.until(2000)).toEqual([{ probe: 'dns', startMs: 50, endMs: 2000, lasting: true }]);
});

test('when it serves counts anew once what was before is forgotten', () => {
  const watched = new Watched('etcd');
  watched.note(true, 0, 10);
  watched.forget();
  expect(watched.servedAtMs).toBeUndefined();
  watched.note(false, 100, 110);
  watched.note(true, 200, 210);
  watched.note(true, 300, 310);
  expect(watched.servedAtMs).toBe(210);
});

test('what is gone is missed by nobody from then on, whatever is still heard of it', () => {
  const watched = new Watched('dns', 'coredns-1 pod');
  watched.note(false, 100, 110);
  watched.leave(400);
  watched.note(false, 500, 510);
  watched.note(true, 600, 610);
  expect(watched.until(2000)).toEqual([
    { probe: 'dns', part: 'coredns-1 pod', startMs: 100, endMs: 400 },
  ]);
});
