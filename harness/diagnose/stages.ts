/**
 * In which order cures are applied: each stage reads what the one before it serves, so that a cure
 * further down is lost, or cannot be seen, while something above it is wrong.
 */
export const STAGES = [
  'etcd',
  'api-servers',
  'admission',
  'ownership',
  'controllers',
  'nodes',
  'network',
  'objects',
] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_TITLES: Record<Stage, string> = {
  etcd: 'etcd',
  'api-servers': 'API servers',
  admission: 'webhooks and aggregated APIs',
  ownership: 'before controllers run again',
  controllers: 'controllers',
  nodes: 'nodes and kubelets',
  network: 'Services',
  objects: 'objects',
};
