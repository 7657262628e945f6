import { describeEnding } from '../exec/run.ts';
import type { ServiceRules } from '../model/node-observation.ts';
import type { Observation } from '../model/observation.ts';
import { type Looking, type NodeReach, type Probe, seen, unavailable } from './probe.ts';

const TIMEOUT_MS = 5000;
/** In `nat` those that lead to endpoints, in `filter` those of Services that have none. */
const LOOK = `iptables-save -t nat; iptables-save -t filter`;
const CHAIN = ':KUBE-SERVICES';
const RULE =
  /^-A KUBE-SERVICES -d ([\d.]+)\/32 -p (\w+) .*--comment "([^"/]+)\/([^": ]+)(?::\S+)? (?:cluster IP|has no endpoints)".* --dport (\d+)/;

/** Which cluster IPs kube-proxy serves on each node. */
export const serviceRules: Probe = {
  kind: 'service-rules',
  needs: 'nodes',
  look: (at) => Promise.all(at.nodes.map((node) => lookAt(at, node))),
};

async function lookAt(at: Looking, { host, running }: NodeReach): Promise<Observation> {
  if (!running) return unavailable(at, 'service-rules', host, 'there is no shell on it');
  const options = { timeoutMs: TIMEOUT_MS, signal: at.signal };
  const finished = await running.shell(LOOK, options);
  if (finished.exitCode !== 0) {
    return unavailable(at, 'service-rules', host, describeEnding(finished));
  }
  if (!finished.stdout.includes(CHAIN)) {
    const reason = 'kube-proxy has no iptables rules there; nftables and IPVS are not read';
    return unavailable(at, 'service-rules', host, reason);
  }
  return { kind: 'service-rules', rules: rulesFrom(finished.stdout), ...seen(at, host) };
}

/** @param output of iptables-save. */
export function rulesFrom(output: string): ServiceRules['rules'] {
  return output.split('\n').flatMap((line) => {
    const [, address = '', protocol = '', namespace = '', name = '', port] = RULE.exec(line) ?? [];
    if (port === undefined) return [];
    return [{ namespace, name, address, protocol: protocol.toUpperCase(), port: Number(port) }];
  });
}
