import { Transform, type TransformCallback } from 'node:stream';

const HEAD_BYTES = 8;

/**
 * What a program wrote, out of the frames in which Docker sends the output of one that has no terminal: of
 * eight bytes the last four say how many follow. Unlike dockerode's own reader it waits for a slow one.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
 */
export class Unframed extends Transform {
  #head = Buffer.alloc(0);
  #leftBytes = 0;

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#leftBytes > 0) {
        const part = rest.subarray(0, this.#leftBytes);
        this.#leftBytes -= part.length;
        rest = rest.subarray(part.length);
        this.push(part);
        continue;
      }
      const missing = HEAD_BYTES - this.#head.length;
      this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (this.#head.length < HEAD_BYTES) continue;
      this.#leftBytes = this.#head.readUInt32BE(4);
      this.#head = Buffer.alloc(0);
    }
    done();
  }
}
