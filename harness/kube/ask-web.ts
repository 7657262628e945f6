import { request as plain } from 'node:http';
import { Agent, request as secure } from 'node:https';
import { createSecureContext } from 'node:tls';

/** A host name that an ingress controller serves, and where it is asked for it. */
export interface WebRoute {
  hostName: string;
  tls: boolean;
  /** Each of them must do; they are asked at once. */
  addresses: readonly string[];
  /** PEM of who signed the certificate. */
  authority: string;
  /** Where the pods are that it leads to. */
  namespace: string;
}

/**
 * Asks for the page of one route, with a new connection.
 * @returns what the first address that served it said: the name of a pod.
 * @throws Error when none answers with success within `timeoutMs`, by the right certificate where there is TLS.
 */
export async function askWeb(route: WebRoute, timeoutMs: number): Promise<string> {
  try {
    return await Promise.any(route.addresses.map((address) => askOne(route, address, timeoutMs)));
  } catch (thrown) {
    throw thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  }
}

const agents = new Map<string, Agent>();

/** One for each authority, because reading it takes longer than an answer; each question has a connection of its own. */
function trusting(authority: string): Agent {
  const known = agents.get(authority);
  if (known) return known;
  const secureContext = createSecureContext({ ca: authority });
  const agent = new Agent({ secureContext, maxCachedSessions: 0 });
  agents.set(authority, agent);
  return agent;
}

function askOne(
  { hostName, tls, authority }: WebRoute,
  address: string,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: address,
      path: '/',
      headers: { host: hostName },
      signal: AbortSignal.timeout(timeoutMs),
    };
    const asked = tls
      ? secure({ ...options, port: 443, servername: hostName, agent: trusting(authority) })
      : plain({ ...options, port: 80, agent: false });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.once('error', reject);
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve(body.trim());
        else reject(new Error(`${hostName} at ${address} answers ${answer.statusCode}`));
      });
    });
    asked.end();
  });
}
