import type { Outage } from '../../model/event.ts';

/** A service, or a part of one, as a client sees it. */
export class Watched {
  readonly probe: 'etcd' | 'api' | 'dns' | 'ingress' | 'service' | 'new pod';
  /** Where it is asked, or what of it; undefined for the whole, which serves while enough of its parts do. */
  readonly part: string | undefined;
  readonly outages: Outage[] = [];
  /** Start of the outage that lasts; undefined while it serves. */
  #downSinceMs: number | undefined;
  /** When it was first seen to serve after `forget`. */
  servedAtMs: number | undefined;
  #isGone = false;

  constructor(probe: Watched['probe'], part?: string) {
    this.probe = probe;
    this.part = part;
  }

  /** A refusal counts from when it was asked, an answer from when it came. */
  note(serves: boolean, askedAtMs: number, answeredAtMs: number): void {
    if (this.#isGone) return;
    if (!serves) {
      this.#downSinceMs ??= askedAtMs;
      return;
    }
    this.servedAtMs ??= answeredAtMs;
    if (this.#downSinceMs === undefined) return;
    this.outages.push(this.#outage(this.#downSinceMs, answeredAtMs));
    this.#downSinceMs = undefined;
  }

  /** There is no such thing any more, so that nobody misses it from now on. */
  leave(atMs: number): void {
    this.#isGone = true;
    if (this.#downSinceMs === undefined) return;
    this.outages.push(this.#outage(this.#downSinceMs, atMs));
    this.#downSinceMs = undefined;
  }

  get isOut(): boolean {
    return this.#downSinceMs !== undefined;
  }

  forget(): void {
    this.servedAtMs = undefined;
  }

  /** @returns every outage, one that lasts until now included. */
  until(endMs: number): Outage[] {
    if (this.#downSinceMs === undefined) return this.outages;
    return [...this.outages, { ...this.#outage(this.#downSinceMs, endMs), lasting: true }];
  }

  #outage(startMs: number, endMs: number): Outage {
    const { probe, part } = this;
    const span = { startMs: Math.round(startMs), endMs: Math.round(endMs) };
    return { probe, ...(part !== undefined && { part }), ...span };
  }
}
