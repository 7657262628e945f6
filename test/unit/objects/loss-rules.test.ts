import { describe, expect, test } from 'vitest';
import { isLossAllowed, parseLossRules } from '../../../harness/objects/loss-rules.ts';

const job = { group: 'batch', resource: 'jobs', namespace: 'ci', name: 'build-1-x' };
const node = { group: '', resource: 'nodes', namespace: null, name: 'node-a' };

function allows(rule: string, ref = job): boolean {
  return isLossAllowed(parseLossRules(`allow: [{${rule}, why: "by its TTL"}]`, 'rules.yaml'), ref);
}

describe('rules for what may be lost', () => {
  test.each([
    ['resource: jobs', true],
    ['resource: jobs, group: batch, namespace: ci, name: build-1-x', true],
    ['resource: jobs, name: "build-*"', true],
    ['resource: jobs, name: "*-x"', true],
    ['resource: jobs, name: "b*1*x"', true],
    ['resource: jobs, name: "build-*-1-x"', false],
    ['resource: jobs, name: "build"', false],
    ['resource: jobs, namespace: "prod-*"', false],
    ['resource: cronjobs', false],
    ['group: apps', false],
  ])('%s: %s for a Job', (rule, expected) => {
    expect(allows(rule)).toBe(expected);
  });

  test('with a namespace do not fit what has none', () => {
    expect(isLossAllowed(parseLossRules('allow: [{namespace: "*", why: x}]', 'r'), node)).toBe(
      false,
    );
    expect(isLossAllowed(parseLossRules('allow: [{resource: nodes, why: x}]', 'r'), node)).toBe(
      true,
    );
  });

  test.each(['', 'allow: 1', 'allow: [{resource: jobs}]', 'allow: [{kind: Job, why: x}]', '{'])(
    'are refused when they read %j',
    (text) => {
      expect(() => parseLossRules(text, 'rules.yaml')).toThrow('rules.yaml');
    },
  );
});
