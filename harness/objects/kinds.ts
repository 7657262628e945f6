import { identityShape } from './metadata.ts';
import {
  bool,
  bytes,
  type Field,
  inlined,
  integer,
  list,
  map,
  one,
  shape,
  text,
  time,
  type ValueOf,
} from './shape.ts';

/**
 * What the checks need to know of each kind, small enough to keep thousands. Numbers from the generated.proto files of
 * https://github.com/kubernetes/api, kube-aggregator and apiextensions-apiserver.
 */
function kind<F extends Record<string, Field<unknown>>>(fields: F) {
  return shape({ metadata: one(1, identityShape), ...fields });
}

const conditionShape = shape({
  type: one(1, text),
  status: one(2, text),
});

export const namespaceShape = kind({
  status: one(
    3,
    shape({
      phase: one(1, text),
      conditions: list(
        2,
        shape({ type: one(1, text), status: one(2, text), reason: one(5, text) }),
      ),
    }),
  ),
});
export type Namespace = ValueOf<typeof namespaceShape>;

export const podShape = kind({
  spec: one(2, shape({ nodeName: one(10, text) })),
  status: one(3, shape({ phase: one(1, text), conditions: list(2, conditionShape) })),
});
export type Pod = ValueOf<typeof podShape>;

export const serviceShape = kind({
  spec: one(
    2,
    shape({
      ports: list(
        1,
        shape({ protocol: one(2, text), port: one(3, integer), nodePort: one(5, integer) }),
      ),
      selector: map(2, text),
      clusterIP: one(3, text),
      type: one(4, text),
      clusterIPs: list(18, text),
    }),
  ),
});
export type Service = ValueOf<typeof serviceShape>;

const objectReferenceShape = shape({
  kind: one(1, text),
  namespace: one(2, text),
  name: one(3, text),
  uid: one(4, text),
});

export const endpointsShape = kind({
  subsets: list(
    2,
    shape({
      addresses: list(1, shape({ ip: one(1, text), targetRef: one(2, objectReferenceShape) })),
    }),
  ),
});
export type Endpoints = ValueOf<typeof endpointsShape>;

export const endpointSliceShape = kind({
  endpoints: list(
    2,
    shape({
      addresses: list(1, text),
      conditions: one(2, shape({ ready: one(1, bool) })),
      targetRef: one(4, objectReferenceShape),
    }),
  ),
});
export type EndpointSlice = ValueOf<typeof endpointSliceShape>;

export const configMapShape = kind({
  data: map(2, text),
  binaryData: map(3, bytes),
  immutable: one(4, bool),
});

export const secretShape = kind({ data: map(2, bytes), type: one(3, text) });
export type Secret = ValueOf<typeof secretShape>;

const selectorShape = shape({
  matchLabels: map(1, text),
  matchExpressions: list(
    2,
    shape({ key: one(1, text), operator: one(2, text), values: list(3, text) }),
  ),
});
export type LabelSelector = ValueOf<typeof selectorShape>;

const webhookShape = shape({
  name: one(1, text),
  clientConfig: one(
    2,
    shape({
      service: one(1, shape({ namespace: one(1, text), name: one(2, text) })),
      caBundle: one(2, bytes),
      url: one(3, text),
    }),
  ),
  rules: list(
    3,
    shape({
      operations: list(1, text),
      rule: inlined(2, shape({ apiGroups: list(1, text), resources: list(3, text) })),
    }),
  ),
  failurePolicy: one(4, text),
  namespaceSelector: one(5, selectorShape),
});
export type Webhook = ValueOf<typeof webhookShape>;

/** MutatingWebhookConfiguration and ValidatingWebhookConfiguration alike. */
export const webhookConfigurationShape = kind({ webhooks: list(2, webhookShape) });
export type WebhookConfiguration = ValueOf<typeof webhookConfigurationShape>;

export const persistentVolumeShape = kind({
  spec: one(
    2,
    shape({
      claimRef: one(4, objectReferenceShape),
      persistentVolumeReclaimPolicy: one(5, text),
    }),
  ),
  status: one(3, shape({ phase: one(1, text) })),
});
export type PersistentVolume = ValueOf<typeof persistentVolumeShape>;

export const persistentVolumeClaimShape = kind({
  spec: one(2, shape({ volumeName: one(3, text) })),
});
export type PersistentVolumeClaim = ValueOf<typeof persistentVolumeClaimShape>;

export const leaseShape = kind({
  spec: one(
    2,
    shape({
      holderIdentity: one(1, text),
      leaseDurationSeconds: one(2, integer),
      renewTime: one(4, time),
    }),
  ),
});
export type Lease = ValueOf<typeof leaseShape>;

export const jobShape = kind({
  spec: one(2, shape({ suspend: one(10, bool) })),
  status: one(3, shape({ conditions: list(1, conditionShape), completionTime: one(3, time) })),
});
export type Job = ValueOf<typeof jobShape>;

export const cronJobShape = kind({
  spec: one(2, shape({ schedule: one(1, text), suspend: one(4, bool) })),
});
export type CronJob = ValueOf<typeof cronJobShape>;

export const ipAddressShape = kind({
  spec: one(
    2,
    shape({
      parentRef: one(
        1,
        shape({ resource: one(2, text), namespace: one(3, text), name: one(4, text) }),
      ),
    }),
  ),
});
export type IpAddress = ValueOf<typeof ipAddressShape>;

/** kube-apiserver's bitmap of allocated node ports (and, up to 1.32, cluster IPs). */
export const rangeAllocationShape = kind({ range: one(2, text), data: one(3, bytes) });
export type RangeAllocation = ValueOf<typeof rangeAllocationShape>;

export const customResourceDefinitionShape = kind({
  spec: one(
    2,
    shape({
      group: one(1, text),
      names: one(3, shape({ plural: one(1, text), kind: one(4, text) })),
      versions: list(7, shape({ name: one(1, text), served: one(2, bool) })),
    }),
  ),
  status: one(3, shape({ storedVersions: list(3, text) })),
});
export type CustomResourceDefinition = ValueOf<typeof customResourceDefinitionShape>;

export const apiServiceShape = kind({
  spec: one(
    2,
    shape({
      service: one(1, shape({ namespace: one(1, text), name: one(2, text) })),
      group: one(2, text),
      version: one(3, text),
    }),
  ),
});
export type ApiService = ValueOf<typeof apiServiceShape>;
