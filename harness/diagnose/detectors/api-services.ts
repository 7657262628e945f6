import { z } from 'zod';
import { finding } from '../../model/finding.ts';
import { conditionedStatusSchema } from '../conditioned.ts';
import { type Detector, diagnosed } from '../detector.ts';

const API_SERVICES = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices' };

const apiServiceSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ service: z.object({ namespace: z.string(), name: z.string() }).nullish() }),
  status: conditionedStatusSchema,
});

/** While one does not answer, discovery is partial: Namespaces do not go, and garbage stays. */
export const apiServices: Detector = {
  name: 'api-services',
  title: 'Every aggregated API has a server that answers',
  stage: 'admission',
  async detect(patient) {
    const all = (await patient.objects(API_SERVICES)).map((each) => apiServiceSchema.parse(each));
    const findings = all.flatMap(({ metadata: { name }, spec, status }) => {
      const available = status.conditions.find(({ type }) => type === 'Available');
      if (!spec.service || available?.status !== 'False') return [];
      const { service } = spec;
      return finding({
        code: 'apiservice-unavailable',
        severity: 'error',
        message:
          `The aggregated API ${name} does not answer: ${available.message.replace(/\.$/, '')}. Until it does,` +
          ' Namespaces cannot be deleted and the garbage collector waits.',
        where: name,
        objects: [{ group: API_SERVICES.group, resource: 'apiservices', namespace: null, name }],
        cure:
          `Start its server behind the Service ${service.namespace}/${service.name}, or` +
          ` \`kubectl delete apiservice ${name}\` if it is not coming back.`,
      });
    });
    return diagnosed(findings, patient.unserved);
  },
};
