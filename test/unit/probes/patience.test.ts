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

  it('asks once more what was not answered among others that were', async () => {
    const patience = new Patience();
    await patience.ask(answering);
    let asked = 0;
    const late = () => {
      asked += 1;
      return asked === 1 ? failing(null)() : answering();
    };
    await expect(patience.ask(late)).resolves.toBe('answer');
    expect(patience.exhausted).toBe(false);
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
