import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { clusterRole } from '../../../harness/diagnose/rights.ts';

function documents(text: string) {
  return parseAllDocuments(text).map((each) => each.toJS());
}

it('asks to read everything but Secrets, and to create nothing but pods', () => {
  const [role, ...others] = documents(clusterRole(['example.com'], {}));
  expect(others).toEqual([]);
  const [core, groups] = role.rules;
  expect(core.resources).toContain('pods');
  expect(core.resources).not.toContain('secrets');
  expect(core.resources).not.toContain('*');
  expect(groups.apiGroups).toContain('example.com');
  expect(groups.apiGroups).not.toContain('');
  const writing = role.rules.filter(({ verbs }: { verbs: string[] }) => !verbs.includes('get'));
  expect(writing).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }]);
});

it('asks for its canaries in one Namespace only', () => {
  const [, canary] = documents(clusterRole([], { canary: true }));
  expect(canary).toMatchObject({ kind: 'Role', metadata: { namespace: 'default' } });
});

it('asks for the powerful right to talk to kubelets only where they are to be asked', () => {
  const rights = (kubelets: boolean) =>
    documents(clusterRole([], { kubelets }))[0].rules.flatMap(
      ({ resources = [] }: { resources?: string[] }) => resources,
    );
  expect(rights(true)).toContain('nodes/proxy');
  expect(rights(false)).not.toContain('nodes/proxy');
});

it('asks to have tokens reviewed only where one is given', () => {
  const rights = (podToken: boolean) => documents(clusterRole([], { podToken }))[0].rules;
  const review = {
    apiGroups: ['authentication.k8s.io'],
    resources: ['tokenreviews'],
    verbs: ['create'],
  };
  expect(rights(true)).toContainEqual(review);
  expect(rights(false)).not.toContainEqual(review);
});

it('asks for Secrets of kube-system only where bootstrap tokens are asked for, and says what the right can do', () => {
  const text = clusterRole([], { canary: true, bootstrapTokens: true });
  const [role, canary, tokens] = documents(text);
  const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['list'] };
  expect(tokens).toMatchObject({ metadata: { namespace: 'kube-system' }, rules: [rule] });
  expect(JSON.stringify([role, canary])).not.toContain('secrets');
  expect(text).toContain('may read every Secret there');
  expect(clusterRole([], {})).toContain('# It reads everything but Secrets.\n');
});

it('asks for the right to run commands in pods in one Namespace, and only where kube-proxy is to be asked', () => {
  expect(clusterRole([], { canary: true, kubelets: true })).not.toContain('pods/exec');
  const text = clusterRole([], { kubeProxy: true });
  const [, role] = documents(text);
  expect(role).toMatchObject({ kind: 'Role', metadata: { namespace: 'kube-system' } });
  // The one for a GET, the other besides from Kubernetes 1.35 on.
  expect(role.rules).toEqual([
    { apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] },
  ]);
  expect(text).toContain('give it to nobody for good');
});
