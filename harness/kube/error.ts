import { DrillError } from '../support/errors.ts';

/** A request that an API server refused or did not answer. */
export class ApiError extends DrillError {
  /** HTTP status; null when there was no answer. */
  readonly httpCode: number | null;
  /** Kubernetes' reason (`AlreadyExists`, `Expired`), or Node's code (`ECONNREFUSED`, `ETIMEDOUT`). */
  readonly reason: string;
  /** The server's own sentence. */
  readonly details: string;
  /** Whether the request is known to have had no effect. */
  readonly definite: boolean;

  constructor(parts: {
    method: string;
    url: string;
    httpCode: number | null;
    reason: string;
    details: string;
    cause?: unknown;
  }) {
    const { httpCode, reason, details } = parts;
    super({
      kind: 'drill',
      attempted: `${parts.method} ${parts.url}`,
      happened: `${httpCode === null ? '' : `HTTP ${httpCode} `}${reason}: ${details}`,
      cause: parts.cause,
    });
    this.name = 'ApiError';
    this.httpCode = httpCode;
    this.reason = reason;
    this.details = details;
    this.definite =
      reason === 'ECONNREFUSED' || (httpCode !== null && httpCode >= 400 && httpCode < 500);
  }
}

export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.httpCode === 404;
}

export function isAlreadyExists(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.reason === 'AlreadyExists';
}

/** The history from this resourceVersion on is gone: list anew. */
export function isExpired(thrown: unknown): boolean {
  return thrown instanceof ApiError && (thrown.httpCode === 410 || thrown.reason === 'Expired');
}

/** Worth another try soon: starting, overloaded, or not answering. */
export function isPassing(thrown: unknown): boolean {
  return (
    thrown instanceof ApiError &&
    (thrown.httpCode === null || thrown.httpCode === 429 || thrown.httpCode >= 500)
  );
}
