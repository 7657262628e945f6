import { z } from 'zod';

const containerSchema = z.object({
  ports: z
    .array(
      z.object({
        containerPort: z.number(),
        protocol: z.string().default('TCP'),
      }),
    )
    .default([]),
});

const statusSchema = z.object({
  phase: z.string().default('Unknown'),
  podIP: z.string().optional(),
  podIPs: z.array(z.object({ ip: z.string() })).default([]),
  conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
  containerStatuses: z
    .array(
      z.object({
        state: z
          .object({ running: z.object({ startedAt: z.string().nullable() }).optional() })
          .default({}),
      }),
    )
    .default([]),
});

/** What is looked at of a pod, as API servers and kubelets tell it. */
export const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default(''),
    uid: z.string().default(''),
    deletionTimestamp: z.string().nullish(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z
    .object({
      nodeName: z.string().optional(),
      hostNetwork: z.boolean().default(false),
      containers: z.array(containerSchema).default([]),
    })
    .prefault({}),
  status: statusSchema.prefault({}),
});
export type PodItem = z.infer<typeof podSchema>;

export const podListSchema = z.object({ items: z.array(podSchema).nullish() });

/** What a kubelet calls the pod: of a static pod the API has a mirror with another uid. */
export function uidAtKubelet({ metadata: { uid, annotations } }: PodItem): string {
  const mirrored = annotations['kubernetes.io/config.mirror'];
  return mirrored ?? uid;
}

/** By its condition, which a restore may have brought back. */
export function isReady({ status }: PodItem): boolean {
  return status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Null until it has one. */
export function podIpOf({ status: { podIP, podIPs } }: PodItem): string | null {
  const all = [...(podIP === undefined ? [] : [podIP]), ...podIPs.map(({ ip }) => ip)];
  return all.find((ip) => ip.includes('.')) ?? null;
}
