import type { ServiceOutage } from '../model/check.ts';
import type { Rpo, Rto } from '../model/event.ts';
import { budgetedServiceSchema } from '../model/scenario.ts';
import type { Availability } from './availability/availability.ts';
import type { DrillJournal } from './drill-journal.ts';

/** What a recovery took and cost, as far as it is known. */
export interface Measured {
  rto: Rto | null;
  rpo: Rpo | null;
  /** How long after the fault it was given up that everything settles. */
  unsettledMs?: number | undefined;
  /** In milliseconds after the fault. */
  outages?: readonly ServiceOutage[] | undefined;
}

export const NOTHING_MEASURED: Measured = { rto: null, rpo: null };

/** How long after the fault each milestone of the recovery was reached. */
export class RecoveryTimes {
  readonly #availability: Availability;
  readonly #journal: DrillJournal;
  #faultMs = 0;
  #rto: Rto = { totalMs: 0 };

  constructor(availability: Availability, journal: DrillJournal) {
    this.#availability = availability;
    this.#journal = journal;
  }

  sinceFaultMs(): number {
    return Math.round(this.#availability.nowMs() - this.#faultMs);
  }

  /** When each whole service was out between the fault and now. */
  outages(): ServiceOutage[] {
    return this.#availability.outagesOfWholes().flatMap(({ probe, startMs, endMs }) => {
      const service = budgetedServiceSchema.options.find((each) => each === probe);
      const afterMs = (ms: number) => Math.max(0, Math.round(ms - this.#faultMs));
      return service === undefined
        ? []
        : [{ service, startMs: afterMs(startMs), endMs: afterMs(endMs) }];
    });
  }

  /** Now is the fault: what served before it does not count. */
  start(): void {
    this.#faultMs = this.#availability.nowMs();
    this.#availability.mark();
  }

  /** The damage is proven: what serves from now on was recovered. */
  detected(): void {
    this.#reach('detectedMs', this.#availability.nowMs());
    this.#availability.mark();
  }

  /** @param isCure false where the recovery is a mistake that is shown, of which nobody wants new pods. */
  restored(isCure: boolean): void {
    this.#reach('restoredMs', this.#availability.nowMs());
    if (isCure) this.#availability.wantNewPod();
  }

  /** Everything has come back that will; the whole time ends here. */
  settled(): Rto {
    this.#reach('etcdServingMs', this.#availability.servedAtMs('etcd'));
    this.#reach('apiServingMs', this.#availability.servedAtMs('api'));
    this.#reach('dnsAnsweringMs', this.#availability.servedAtMs('dns'));
    this.#reach('ingressAnsweringMs', this.#availability.servedAtMs('ingress'));
    const nowMs = this.#availability.nowMs();
    this.#reach('settledMs', nowMs);
    this.#reach('totalMs', nowMs);
    return this.#rto;
  }

  #reach(name: keyof Rto, atMs: number | undefined): void {
    if (atMs === undefined) return;
    const afterMs = Math.max(0, Math.round(atMs - this.#faultMs));
    this.#rto = { ...this.#rto, [name]: afterMs };
    this.#journal.write({ type: 'milestone', name, afterMs });
  }
}
