import { describeEnding } from '../exec/run.ts';
import type { ServiceRules } from '../model/node-observation.ts';
import type { Observation } from '../model/observation.ts';
import { type Looking, type NodeReach, type Probe, seen, unavailable } from './probe.ts';

const TIMEOUT_MS = 15_000;
/** kube-proxy writes into one of both; with iptables, into `filter` what leads to Services without endpoints. */
const LOOK = `
nft list table ip kube-proxy 2>/dev/null || { iptables-save -t nat; iptables-save -t filter; }
`;
/** What says that kube-proxy was there at all. */
const WRITTEN = /:KUBE-SERVICES|^table ip kube-proxy/m;
/** For IPVS it has the same chain, and one rule for all addresses, which are elsewhere. */
const BY_IPVS = /--match-set KUBE-CLUSTER-IP/;
/** A Service may be for pods of the same node alone, and there may be none on this one. */
const IPTABLES =
  /^-A KUBE-SERVICES -d ([\d.]+)\/32 -p (\w+) .*--comment "([^"/]+)\/([^": ]+)(?::\S+)? (?:cluster IP|has no (?:local )?endpoints)".* --dport (\d+)/;
/** https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-nftables */
const NFTABLES =
  /([\d.]+) \. (\w+) \. (\d+) (?:: goto (?:service|local)-\w+-([^/\s]+)\/([^/\s]+)\/|comment "([^"/]+)\/([^":]+)(?::[^"]*)?" : (?:goto |drop))/g;

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
  return toldByRules(at, host, finished.stdout);
}

/** @param output of iptables-save, or of `nft list table`. */
export function toldByRules(at: Pick<Looking, 'clock'>, host: string, output: string): Observation {
  if (!WRITTEN.test(output) || BY_IPVS.test(output)) {
    const reason = 'kube-proxy has neither nftables nor iptables rules there; IPVS is not read';
    return unavailable(at, 'service-rules', host, reason);
  }
  return { kind: 'service-rules', rules: rulesFrom(output), ...seen(at, host) };
}

/** @param output of iptables-save, or of `nft list table`. */
export function rulesFrom(output: string): ServiceRules['rules'] {
  const byIptables = output.split('\n').flatMap((line) => {
    const [, address = '', protocol = '', namespace = '', name = '', port] =
      IPTABLES.exec(line) ?? [];
    return port === undefined ? [] : [{ namespace, name, address, protocol, port }];
  });
  const byNftables = [...output.matchAll(NFTABLES)].map(
    ([, address = '', protocol = '', port = '', namespace, name, emptyNamespace, emptyName]) => ({
      namespace: namespace ?? emptyNamespace ?? '',
      name: name ?? emptyName ?? '',
      address,
      protocol,
      port,
    }),
  );
  return [...byIptables, ...byNftables].map((rule) => ({
    ...rule,
    protocol: rule.protocol.toUpperCase(),
    port: Number(rule.port),
  }));
}
