import { withoutAdvice } from '../support/errors.ts';

/**
 * What gRPC says of a failed call, without the inner life of its library.
 *
 * When a deadline has passed, our side and etcd give up in the same moment, and either's words may arrive, or none: then
 * etcd has reset the stream. We cancel no call.
 */
export function plainDetails(details: string): string {
  return withoutAdvice(details)
    .replace(/^Deadline exceeded after ([\d.]+)s.*$/s, 'no answer within $1 s')
    .replace(
      /^(context deadline exceeded|Call cancelled)$/,
      'no answer before the deadline of the call',
    )
    .replace(
      /^No connection established\. Last error: (?:Error: )?(.*?)\. Resolution note:.*$/s,
      '$1',
    );
}
