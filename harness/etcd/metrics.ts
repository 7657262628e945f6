import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { text } from 'node:stream/consumers';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { messageOf } from '../support/errors.ts';
import { type PemFiles, readPemFiles } from '../support/pem-files.ts';
import { EtcdError } from './error.ts';

/** One line of a metric: its labels and its value. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/**
 * All metrics of a member, from where it serves its clients; in Prometheus' text format.
 * @param dialUrl where `url` is reached, if by another way; the certificate is still that of `url`.
 * @throws EtcdError when it does not answer.
 */
export async function readMetrics(
  url: string,
  credentials: PemFiles | undefined,
  timeoutMs: number,
  dialUrl = url,
): Promise<string> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await text(await get(url, dialUrl, credentials, deadline));
  } catch (thrown) {
    throw new EtcdError({
      endpoint: url,
      call: 'metrics',
      code: deadline.aborted ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE',
      details: deadline.aborted ? `no answer within ${timeoutMs / 1000} s` : messageOf(thrown),
      cause: thrown,
    });
  }
}

function get(
  url: string,
  dialUrl: string,
  credentials: PemFiles | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const send = secure ? requestSecure : requestPlain;
    const tls = {
      ...(secure && credentials && readPemFiles(credentials)),
      ...(dialUrl !== url && {
        checkServerIdentity: (_dialled: string, certificate: PeerCertificate) =>
          checkServerIdentity(new URL(url).hostname, certificate),
      }),
    };
    send(`${dialUrl}/metrics`, { ...tls, agent: false, signal }, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`HTTP ${answer.statusCode}`));
    })
      .on('error', reject)
      .end();
  });
}

/** The samples of one metric. @param page as `readMetrics` returns it. */
export function samplesOf(page: string, name: string): Sample[] {
  return page.split('\n').flatMap((line) => {
    if (!line.startsWith(name)) return [];
    const [, found, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return found === name ? [{ labels: labelsOf(labels), value: Number(value) }] : [];
  });
}

function labelsOf(list: string): Record<string, string> {
  return Object.fromEntries(
    [...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label ?? '', value ?? '']),
  );
}
