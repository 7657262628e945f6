import { ApiError } from '../kube/error.ts';

const TIMEOUTS_MAX = 4;

/**
 * Keeps an API server that answers nothing from costing a timeout a question: once one was not
 * answered in time and none was answered at all, or several were not, the rest is not asked.
 * A question may be asked twice.
 */
export class Patience {
  #answers = 0;
  #timeouts = 0;

  get exhausted(): boolean {
    return this.#timeouts >= TIMEOUTS_MAX || (this.#timeouts > 0 && this.#answers === 0);
  }

  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.exhausted) throw new Error('not asked, because others before it got no answer');
    try {
      return await this.#once(question);
    } catch (thrown) {
      // Where others are answered, one silence may be the busy machine's: it is asked once more.
      if (!isTimeout(thrown) || this.exhausted) throw thrown;
      return this.#once(question);
    }
  }

  async #once<T>(question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      this.#answers += 1;
      return answer;
    } catch (thrown) {
      if (isTimeout(thrown)) this.#timeouts += 1;
      else this.#answers += 1;
      throw thrown;
    }
  }
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof ApiError && (thrown.httpCode === null || thrown.httpCode === 504);
}
