import { describe, expect, it } from 'vitest';
import { EtcdError } from '../../../harness/etcd/error.ts';

const error = (code: string) =>
  new EtcdError({ endpoint: 'https://10.0.0.1:2379', call: 'KV.Put', code, details: 'why' });

describe('an etcd error', () => {
  it('says endpoint, call and code', () => {
    expect(error('UNAVAILABLE').message).toBe(
      'call KV.Put of etcd at https://10.0.0.1:2379: UNAVAILABLE: why',
    );
  });

  it.each(['DEADLINE_EXCEEDED', 'UNAVAILABLE', 'CANCELLED', 'UNKNOWN'])(
    'does not know what came of a write after %s',
    (code) => expect(error(code).definite).toBe(false),
  );

  it.each(['RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'OUT_OF_RANGE', 'PERMISSION_DENIED'])(
    'knows that nothing was written after %s',
    (code) => expect(error(code).definite).toBe(true),
  );
});
