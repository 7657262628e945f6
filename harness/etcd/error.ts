import { DrillError } from '../support/errors.ts';

/**
 * gRPC codes after which a write may have happened all the same. The others are answers of a
 * server that refused it.
 */
const INDEFINITE = new Set([
  'CANCELLED',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/** A call that etcd refused or did not answer. */
export class EtcdError extends DrillError {
  readonly endpoint: string;
  /** `KV.Put`. */
  readonly call: string;
  /** gRPC's name of the code: `UNAVAILABLE`. */
  readonly code: string;
  /** Whether the call is known to have had no effect. */
  readonly definite: boolean;

  constructor(parts: {
    endpoint: string;
    call: string;
    code: string;
    details: string;
    cause?: unknown;
  }) {
    super({
      kind: 'drill',
      attempted: `call ${parts.call} of etcd at ${parts.endpoint}`,
      happened: `${parts.code}: ${parts.details}`,
      cause: parts.cause,
    });
    this.name = 'EtcdError';
    this.endpoint = parts.endpoint;
    this.call = parts.call;
    this.code = parts.code;
    this.definite = !INDEFINITE.has(parts.code);
  }
}
