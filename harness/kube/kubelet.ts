import type { z } from 'zod';
import { type PemFiles, readPemFiles } from '../support/pem-files.ts';
import { type PodItem, podListSchema } from './pod-list.ts';
import { Transport } from './transport.ts';

/** https://kubernetes.io/docs/reference/networking/ports-and-protocols/ */
export const KUBELET_PORT = 10_250;

/**
 * Asks one kubelet itself, as an administrator. kubeadm lets it sign its own certificate, so that it is
 * believed whatever it shows; what is asked is worth nothing to anybody else.
 */
export class Kubelet {
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  constructor(address: string, credentials: PemFiles | undefined, timeoutMs: number) {
    const { cert, key } = credentials ? readPemFiles(credentials) : {};
    const identity = { insecure: true, ...(cert && key && { cert, key }) };
    this.#transport = new Transport(`https://${address}:${KUBELET_PORT}`, identity);
    this.#timeoutMs = timeoutMs;
  }

  /** The pods that it thinks it runs. @throws ApiError */
  pods(): Promise<PodItem[]> {
    return this.#list('/pods');
  }

  /** The pods of which the container runtime runs something, as it is now. @throws ApiError */
  runningPods(): Promise<PodItem[]> {
    return this.#list('/runningpods/');
  }

  /** Ends what is under way. */
  close(): void {
    this.#transport.close();
  }

  async #list(path: string): Promise<PodItem[]> {
    const answer = await this.#transport.send('GET', path, { timeoutMs: this.#timeoutMs });
    const body = await this.#transport.body('GET', path, answer);
    const list: z.infer<typeof podListSchema> = podListSchema.parse(
      JSON.parse(body.toString('utf8')),
    );
    return list.items ?? [];
  }
}
