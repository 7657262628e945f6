/** What the user typed after `kubedrill diagnose`. */
export interface DiagnoseCommandOptions {
  kubeconfig?: string;
  context?: string;
  server: string[];
  etcd: string[];
  cacert?: string;
  cert?: string;
  key?: string;
  baseline?: string;
  podToken?: string;
  canary?: true;
  kubelets?: true;
  bootstrapTokens?: true;
  coredns?: true;
  kubeProxy?: true;
  allowExec?: true;
  printRbac?: true;
  json?: true;
}
