import { type Beginning, type FromScript, type Request, toScriptSchema } from './message.ts';

/** The script's side of the channel; lives in the process of the script. */
class Session {
  beginning: Beginning | undefined;
  readonly #recovery = new AbortController();
  readonly #waiting = new Map<
    number,
    { resolve(value: unknown): void; reject(reason: Error): void }
  >();
  #requests = 0;

  get recovery(): AbortSignal {
    return this.#recovery.signal;
  }

  /** Says that it listens. @returns what the script is to do. */
  async open(): Promise<Beginning> {
    const begun = new Promise<Beginning>((resolve) => {
      process.on('message', (message) => {
        const said = toScriptSchema.parse(message);
        if (said.type === 'begin') resolve(said);
        else if (said.type === 'recovery') this.#recovery.abort();
        else this.#answer(said);
      });
    });
    this.send({ type: 'ready' });
    this.beginning = await begun;
    return this.beginning;
  }

  /** @throws Error when the harness could not or would not do it. */
  ask(request: Request): Promise<unknown> {
    this.#requests += 1;
    const id = this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.send({ type: 'request', id, request });
    });
  }

  send(message: FromScript): void {
    process.send?.(message);
  }

  #answer({ id, value, error }: { id: number; value?: unknown; error?: string | undefined }): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }
}

export const session = new Session();
