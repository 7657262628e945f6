import { describe, expect, it } from 'vitest';
import { SharedObjects } from '../../../harness/probes/shared-objects.ts';

const ref = { group: '', resource: 'configmaps', namespace: 'shop', name: 'a' };
const sight = { uid: 'u', revision: 7, contentHash: 'h' };

describe('shared records of objects', () => {
  it('are one record for equal sights', () => {
    const objects = new SharedObjects();
    expect(objects.record('cache', ref, sight)).toBe(
      objects.record('cache', { ...ref }, { ...sight }),
    );
  });

  it.each([{ uid: 'v' }, { revision: 8 }, { contentHash: null }])(
    'are another record when %j differs, and leave the first as it was',
    (difference) => {
      const objects = new SharedObjects();
      const first = objects.record('cache', ref, sight);
      const second = objects.record('cache', ref, { ...sight, ...difference });
      expect(first).toEqual({ ...ref, ...sight });
      expect(second).toEqual({ ...ref, ...sight, ...difference });
    },
  );

  it('keep what etcd holds apart from what the API shows', () => {
    const objects = new SharedObjects();
    objects.record('etcd', ref, sight);
    const shown = objects.record('cache', ref, { ...sight, contentHash: 'other' });
    expect(objects.record('etcd', ref, sight)).not.toBe(shown);
  });

  it('hold the place of the object and nothing else that came with it', () => {
    const entry = { ...ref, key: '/registry/…', sizeBytes: 12 };
    expect(new SharedObjects().record('etcd', entry, sight)).toEqual({ ...ref, ...sight });
  });
});
