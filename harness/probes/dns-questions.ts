import { z } from 'zod';
import type { Question } from '../dns/ask.ts';
import { serviceName } from '../dns/names.ts';
import type { ObjectRef } from '../model/finding.ts';

/** No drill makes it: a server that answers it answers anything. */
export const NOBODY: ObjectRef = {
  group: '',
  resource: 'services',
  namespace: 'default',
  name: 'kubedrill-no-such-service',
};

const serviceSchema = z.object({
  spec: z.object({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().default(''),
    ports: z
      .array(
        z.object({
          name: z.string().default(''),
          port: z.number(),
          protocol: z.string().default('TCP'),
        }),
      )
      .default([]),
  }),
});

/** A question with the answer that follows from what etcd holds. */
export interface Expected extends Question {
  service: ObjectRef;
  expected: string[] | null;
}

/** What is to be asked about a Service, and the answers; nothing about one that has no addresses of its own. */
export async function questionsAbout(
  service: ObjectRef,
  object: unknown,
  readyAddresses: () => Promise<string[]>,
): Promise<Expected[]> {
  const { spec } = serviceSchema.parse(object);
  if (spec.type === 'ExternalName' || spec.clusterIP === '') return [];
  const name = serviceName(service.namespace ?? '', service.name);
  if (spec.clusterIP === 'None') {
    const expected = await readyAddresses();
    // CoreDNS knows no name without an address: https://coredns.io/plugins/kubernetes/
    return [{ service, name, type: 'A', expected: expected.length === 0 ? null : expected }];
  }
  const [port] = spec.ports.filter((each) => each.name !== '');
  return [
    { service, name, type: 'A', expected: [spec.clusterIP] },
    ...(port === undefined
      ? []
      : [
          {
            service,
            name: `_${port.name}._${port.protocol.toLowerCase()}.${name}`,
            type: 'SRV' as const,
            expected: [`${port.port} ${name}`],
          },
        ]),
  ];
}

/** The question to which the answer is that there is no such name. */
export function noName(service: ObjectRef): Expected {
  const name = serviceName(service.namespace ?? '', service.name);
  return { service, name, type: 'A', expected: null };
}
