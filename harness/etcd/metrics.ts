import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { text } from 'node:stream/consumers';
import { messageOf } from '../support/errors.ts';
import { type PemFiles, readPemFiles } from '../support/pem-files.ts';
import { EtcdError } from './error.ts';

/** One line of a metric: its labels and its value. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/**
 * The samples of one metric, from where a member serves its clients.
 * @throws EtcdError when it does not answer.
 */
export async function readMetric(
  url: string,
  name: string,
  credentials: PemFiles | undefined,
  timeoutMs: number,
): Promise<Sample[]> {
  try {
    return samplesOf(await text(await get(`${url}/metrics`, credentials, timeoutMs)), name);
  } catch (thrown) {
    throw new EtcdError({
      endpoint: url,
      call: 'metrics',
      code: 'UNAVAILABLE',
      details: messageOf(thrown),
      cause: thrown,
    });
  }
}

function get(
  url: string,
  credentials: PemFiles | undefined,
  timeoutMs: number,
): Promise<IncomingMessage> {
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const send = secure ? requestSecure : requestPlain;
    const tls = secure && credentials ? readPemFiles(credentials) : {};
    send(url, { ...tls, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`HTTP ${answer.statusCode}`));
    })
      .on('error', reject)
      .end();
  });
}

/** @param page in Prometheus' text format. */
export function samplesOf(page: string, name: string): Sample[] {
  return page.split('\n').flatMap((line) => {
    const [, found, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return found === name ? [{ labels: labelsOf(labels), value: Number(value) }] : [];
  });
}

function labelsOf(list: string): Record<string, string> {
  return Object.fromEntries(
    [...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label ?? '', value ?? '']),
  );
}
