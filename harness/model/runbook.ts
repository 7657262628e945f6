import { z } from 'zod';

export const substitutionSchema = z.strictObject({
  from: z.string().min(1),
  to: z.string(),
  why: z.string().min(1),
});

/** Who a block runs on: a role, or a host's name. */
export const ROLES = [
  'members',
  'control-planes',
  'workers',
  'lost',
  'survivors',
  'first-member',
  'other-members',
  'first-survivor',
  'first-control-plane',
  'other-control-planes',
  'operator',
] as const;
export type Role = (typeof ROLES)[number];

/** Variables that every block may use. */
export const RUNBOOK_VARIABLES = [
  'SNAPSHOT',
  'BACKUP_DIR',
  'HOST_NAME',
  'HOST_IP',
  'ETCD_NAME',
  'ETCD_DATA_DIR',
  'ETCD_ENV_FILE',
  'ETCD_PEER_URL',
  'ETCD_CLIENT_URL',
  'ETCD_INITIAL_CLUSTER',
  'MEMBERS',
  'SURVIVOR_ENDPOINTS',
  'ETCDCTL_ENDPOINTS',
  'ETCDCTL_CACERT',
  'ETCDCTL_CERT',
  'ETCDCTL_KEY',
  'OLD_CLUSTER_TOKEN',
  'NEW_CLUSTER_TOKEN',
  'REVISION_BUMP',
  'LOST_NAME',
  'LOST_IP',
  'LOST_PEER_URL',
  'LOST_MEMBER_ID',
  'CONTROL_PLANE_ENDPOINT',
  'KUBEADM_CONFIG',
  'KUBERNETES_VERSION',
  'KUBECONFIG',
] as const;

const versionSchema = z
  .string({ error: "a version in quotes, such as '3.6'" })
  .regex(/^\d+\.\d+(\.\d+)?$/, "a version such as '3.6' or '3.6.16'");
const absolutePathSchema = z.string().regex(/^\//, 'an absolute path');

/** A name that a shell takes for a variable. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variableNameSchema = z.string().regex(VARIABLE_NAME, 'a name that a shell takes');

export const frontMatterSchema = z.strictObject({
  runbook: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens'),
  summary: z.string().min(1),
  platform: z.enum(['systemd', 'kubeadm']).default('systemd'),
  needs: z
    .strictObject({
      etcd: versionSchema.optional(),
      kubernetes: versionSchema.optional(),
      tls: z.boolean().optional(),
      dataDir: absolutePathSchema.optional(),
      envFile: absolutePathSchema.optional(),
    })
    .prefault({}),
  inputs: z.record(variableNameSchema, z.string()).default({}),
  env: z.record(variableNameSchema, z.string()).default({}),
  shell: z
    .string()
    .regex(/^(bash|sh|dash)( |$)/, 'bash or sh with its options')
    .default('bash -euo pipefail'),
  source: z.string().optional(),
  substitutions: z.array(substitutionSchema).default([]),
});
export type FrontMatter = z.infer<typeof frontMatterSchema>;

/** One fenced block that is executed. */
export interface Block {
  /** Line of the opening fence in the file, from 1. */
  line: number;
  on: string;
  /** The text that runs, substitutions made. */
  script: string;
  parallel: boolean;
  /** Passed over where its role selects nobody (no API servers with `--kubernetes none`). */
  optional: boolean;
  timeoutMs: number;
  id: string | undefined;
  /** Text that standard output or error must contain. */
  expect: string | undefined;
  /** Standard output becomes this variable on every later host. */
  output: string | undefined;
  /** Not in the published guide; added to make it run. */
  added: boolean;
}

/** A heading with its blocks. `number` counts headings that have blocks, from 1. */
export interface Step {
  number: number;
  title: string;
  line: number;
  blocks: Block[];
}

export interface Runbook {
  name: string;
  file: string;
  sha256: string;
  frontMatter: FrontMatter;
  steps: Step[];
}
