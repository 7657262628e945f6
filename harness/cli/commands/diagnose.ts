import { Command } from 'commander';
import { EXIT } from '../../model/verdict.ts';
import { systemClock } from '../../support/clock.ts';
import type { DiagnoseCommandOptions } from '../diagnosis/options.ts';
import { collect } from '../snapshots/options.ts';

const AFTER = `
It writes nothing: pods are tried by server-side dry run. Secrets are not asked for, but with
--bootstrap-tokens those of that type, of which it looks at the date alone. With --canary it makes a
ConfigMap, a Service, a ReplicaSet of no pod and a pod that fits no node in the Namespace default,
and removes them again.
With --kube-proxy it runs nft list or iptables-save in each kube-proxy pod, which only read.
With --pod-token each API server reviews that token (TokenReview), which stores nothing.
Exit codes: 0 nothing found, 1 findings, 2 usage, 4 nothing found but not all could be seen.
Examples:
  kubedrill diagnose --kubeconfig /etc/kubernetes/admin.conf
  kubedrill diagnose --kubeconfig admin.conf --baseline before.json --canary --json
  kubedrill diagnose --kubeconfig admin.conf --pod-token token   # kept from a pod of before
  kubedrill diagnose --kubeconfig admin.conf --kubelets --kube-proxy
  kubedrill diagnose --kubeconfig /etc/kubernetes/admin.conf --kubelets --coredns   # on a node
  kubedrill diagnose --kubeconfig admin.conf --etcd https://10.0.0.1:2379,https://10.0.0.2:2379 \\
    --cacert ca.crt --cert healthcheck-client.crt --key healthcheck-client.key
  kubedrill diagnose --print-rbac | kubectl apply -f -`;

/** `kubedrill diagnose`: the incidents of the drills, looked for in a cluster that was restored for real. */
export function diagnoseCommand(): Command {
  return new Command('diagnose')
    .description(
      'Looks for what a restore left behind in a real cluster, and says what to cure first.',
    )
    .option('--kubeconfig <file>', 'of the cluster')
    .option('--context <name>', 'of the kubeconfig (default: its current-context)')
    .option('--server <url>', 'ask this API server and no other (repeatable)', collect, [])
    .option('--etcd <urls>', 'client URLs of its etcd members (repeatable)', collect, [])
    .option('--cacert <file>', 'CA of that etcd')
    .option('--cert <file>', 'client certificate for that etcd')
    .option('--key <file>', 'key of that certificate')
    .option('--baseline <file>', 'inventory that `kubedrill baseline` wrote before')
    .option('--pod-token <file>', 'a token that a pod got before the restore, to be reviewed')
    .option('--canary', 'also make objects of its own, and remove them again')
    .option('--kubelets', 'also ask each kubelet for its pods, through the API server')
    .option(
      '--bootstrap-tokens',
      'also ask for the Secrets with which nodes join, and for no other',
    )
    .option('--coredns', 'also ask each CoreDNS pod; where pods can be reached, as on a node')
    .option('--kube-proxy', 'also ask each kube-proxy for its rules, by a command in its pod')
    .option('--allow-exec', 'start the program with which the kubeconfig identifies its user')
    .option('--print-rbac', 'print the ClusterRole that it needs, and end')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', AFTER)
    .action(async (options: DiagnoseCommandOptions) => {
      const exitCode = options.printRbac ? await printRbac(options) : await look(options);
      // A host that swallows packets would keep the process for as long as TCP tries.
      const { endNow } = await import('../end-now.ts');
      await endNow(exitCode);
    });
}

async function printRbac(options: DiagnoseCommandOptions): Promise<number> {
  const { clusterRole } = await import('../../diagnose/rights.ts');
  const groups = options.kubeconfig === undefined ? [] : await servedGroups(options);
  process.stdout.write(
    clusterRole(groups, { ...options, podToken: options.podToken !== undefined }),
  );
  return EXIT.ok;
}

/** Those of custom resources, too, where the cluster can be asked. */
async function servedGroups(options: DiagnoseCommandOptions): Promise<string[]> {
  const { openPatient, readRequest } = await import('../diagnosis/open-patient.ts');
  const { environmentError } = await import('../../support/errors.ts');
  const request = readRequest(options);
  const allowExec = options.allowExec === true;
  const { patient, close } = await openPatient(request, {
    allowExec,
    signal: new AbortController().signal,
  });
  const [served] = patient.serving;
  close();
  if (served !== undefined) return served.discovered.map(({ group }) => group);
  throw environmentError(
    'ask the cluster for its API groups',
    patient.unserved.join('; '),
    'kubedrill diagnose --print-rbac without --kubeconfig names the built-in ones',
  );
}

async function look(options: DiagnoseCommandOptions): Promise<number> {
  const { openPatient, readRequest } = await import('../diagnosis/open-patient.ts');
  const { EXIT_OF_OUTCOME, outcomeJson, outcomeOf } = await import('../diagnosis/outcome.ts');
  const { diagnose } = await import('../../diagnose/index.ts');
  const request = readRequest(options);
  const { context, server } = request.access;
  const canary = options.canary === true;
  const startedAtMs = systemClock.nowMs();
  const startMs = systemClock.monotonicMs();
  process.stderr.write(
    `looking at ${server} (context ${context}); ` +
      (canary
        ? 'nothing is written but canaries in the Namespace default (a ConfigMap, a Service, a ReplicaSet, a pod), which are removed again\n'
        : 'nothing is written, pods are tried by server-side dry run only\n'),
  );
  const stopped = new AbortController();
  let stoppedBy: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    stoppedBy = signal;
    // Whoever waits gives up; a canary that is there is still removed.
    stopped.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const opened = await openPatient(request, {
    allowExec: options.allowExec === true,
    signal: stopped.signal,
  });
  try {
    const diagnoses = await diagnose(opened.patient, {
      canary,
      kubelets: options.kubelets === true,
      bootstrapTokens: options.bootstrapTokens === true,
      coredns: options.coredns === true,
      kubeProxy: options.kubeProxy === true,
    });
    if (stoppedBy !== undefined) return stoppedBy === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    const tookMs = Math.round(systemClock.monotonicMs() - startMs);
    const { kubeconfig } = request;
    const about = { kubeconfig, context, canary, startedAtMs, tookMs };
    const outcome = outcomeOf(diagnoses, opened.patient, about);
    const { outcomeText } = await import('../diagnosis/text.ts');
    process.stdout.write(options.json ? outcomeJson(outcome) : outcomeText(outcome));
    return EXIT_OF_OUTCOME[outcome.verdict];
  } finally {
    opened.close();
  }
}
