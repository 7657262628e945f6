import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../harness/kube/error.ts';
import { Patience } from '../../../harness/probes/patience.ts';

const failing = (httpCode: number | null) => () =>
  Promise.reject(
    new ApiError({ method: 'GET', url: 'u', httpCode, reason: 'ETIMEDOUT', details: 'd' }),
  );
const answering = () => Promise.resolve('answer');

describe('patience with an API server', () => {
  it('ends with the first silence when nothing was ever answered', async () => {
    const patience = new Patience();
    await expect(patience.ask(failing(null))).rejects.toThrow('ETIMEDOUT');
    await expect(patience.ask(answering)).rejects.toThrow('not asked');
  });

  it('bears one silent resource among others that answer', async () => {
    const patience = new Patience();
    await patience.ask(answering);
    await expect(patience.ask(failing(504))).rejects.toThrow();
    await expect(patience.ask(answering)).resolves.toBe('answer');
  });

  it('ends after several silences all the same', async () => {
    const patience = new Patience();
    await patience.ask(answering);
    for (let turn = 0; turn < 4; turn += 1)
      await expect(patience.ask(failing(null))).rejects.toThrow();
    expect(patience.exhausted).toBe(true);
  });

  it('takes a refusal for an answer', async () => {
    const patience = new Patience();
    await expect(patience.ask(failing(403))).rejects.toThrow();
    expect(patience.exhausted).toBe(false);
  });
});
