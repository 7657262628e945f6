import { z } from 'zod';
import { listed } from '../../checks/wording.ts';
import { finding } from '../../model/finding.ts';
import { problemOf } from '../../probes/probe.ts';
import { type Detector, diagnosed } from '../detector.ts';

/** The one form that it is served in. */
const JWKS = 'application/jwk-set+json';

const keysSchema = z.object({ keys: z.array(z.object({ kid: z.string() })) });

/**
 * A control plane that was restored with another sa.key refuses, with 401, the tokens that the
 * others accept. Each API server publishes the IDs of its keys.
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
 */
export const serviceAccountKeys: Detector = {
  name: 'service-account-keys',
  title: 'All API servers accept tokens of the same service-account keys',
  stage: 'api-servers',
  async detect(patient) {
    const { serving, unserved } = patient;
    if (serving.length < 2 && unserved.length === 0)
      return {
        verdict: 'skipped',
        reason: 'there is one API server, and nothing to compare its keys with',
        findings: [],
      };
    const blind = [...unserved];
    const told = await Promise.all(
      serving.map(async ({ api }) => {
        try {
          const { keys } = keysSchema.parse(
            await api.json('GET', '/openid/v1/jwks', { accept: JWKS }),
          );
          return [{ host: api.host, kids: listed(keys.map(({ kid }) => kid).sort()) }];
        } catch (thrown) {
          blind.push(`keys of ${api.host}: ${problemOf(thrown)}`);
          return [];
        }
      }),
    );
    const byKeys = Map.groupBy(told.flat(), ({ kids }) => kids);
    if (byKeys.size < 2) return diagnosed([], blind);
    const parts = [...byKeys].map(
      ([kids, same]) => `${listed(same.map(({ host }) => host))} accepts ${kids}`,
    );
    const where = listed(told.flat().map(({ host }) => host));
    const found = finding({
      code: 'service-account-keys-differ',
      severity: 'error',
      message:
        `The API servers do not accept the same service-account tokens: ${listed(parts)}. A pod is` +
        ' refused with 401 whenever it meets the other one.',
      where,
      cure:
        'Copy sa.key and sa.pub of the control plane whose tokens the pods have to the others' +
        ' (/etc/kubernetes/pki), and restart kube-apiserver and kube-controller-manager there; both' +
        ' public keys may be given with --service-account-key-file meanwhile.',
    });
    return diagnosed([found], blind);
  },
};
