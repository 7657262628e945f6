import type { ApiServer } from './api-server.ts';
import { CANARY_NAMESPACE } from './drill-objects.ts';
import { isAlreadyExists } from './error.ts';
import { apiVersionOf, RESOURCES } from './resources.ts';

/** Makes the harness's own Namespace where populate has not run: on a user's own data. */
export async function ensureCanaryNamespace(server: ApiServer): Promise<void> {
  const parts = [
    { resource: RESOURCES.namespaces, metadata: { name: CANARY_NAMESPACE } },
    // Without controllers nobody else makes it, and no pod is admitted without it.
    {
      resource: RESOURCES.serviceAccounts,
      metadata: { name: 'default', namespace: CANARY_NAMESPACE },
    },
  ];
  for (const { resource, metadata } of parts) {
    try {
      const { kind } = resource;
      await server.create(resource, { apiVersion: apiVersionOf(resource), kind, metadata });
    } catch (thrown) {
      if (!isAlreadyExists(thrown)) throw thrown;
    }
  }
}
