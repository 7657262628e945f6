import { describe, expect, it } from 'vitest';
import type { ApiList, EtcdObjects } from '../../../harness/model/observation.ts';
import { disputed } from '../../../harness/probes/api-get.ts';

const configMap = (name: string) => ({
  group: '',
  resource: 'configmaps',
  namespace: 'shop',
  name,
  uid: null,
  revision: 1,
  contentHash: null,
});
const held = (source: string, ...names: string[]): EtcdObjects => ({
  kind: 'etcd-objects',
  source,
  atMs: 0,
  revision: 1,
  objects: names.map(configMap),
  otherKeys: 0,
});
const list = (source: string, ...names: string[]): ApiList => ({
  kind: 'api-list',
  source,
  atMs: 0,
  group: '',
  version: 'v1',
  resource: 'configmaps',
  mode: 'cache',
  resourceVersion: 1,
  objects: names.map(configMap),
  error: null,
});
const namesOf = (refs: { name: string }[]) => refs.map(({ name }) => name);

describe('what is disputed between an API server and its member', () => {
  it('is nothing where both say the same', () => {
    expect(disputed({ seen: [held('h1', 'a', 'b'), list('h1', 'a', 'b')] }, 'h1')).toEqual([]);
  });

  it('is a ghost in the list, and an object that the list lacks', () => {
    const seen = [held('h1', 'a', 'unlisted'), list('h1', 'a', 'ghost')];
    expect(namesOf(disputed({ seen }, 'h1'))).toEqual(['ghost', 'unlisted']);
  });

  it('is judged host by host', () => {
    const seen = [held('h1', 'a'), list('h1', 'a'), held('h2', 'a'), list('h2', 'b')];
    expect(disputed({ seen }, 'h1')).toEqual([]);
    expect(namesOf(disputed({ seen }, 'h2'))).toEqual(['b', 'a']);
  });

  it('is not a list that failed', () => {
    const failed = { ...list('h1'), error: 'no answer' };
    expect(disputed({ seen: [held('h1', 'a'), failed] }, 'h1')).toEqual([]);
  });

  it('names each object once and at most fifty', () => {
    const many = Array.from({ length: 80 }, (_, index) => `g${index}`);
    const consistent: ApiList = { ...list('h1', ...many), mode: 'consistent' };
    expect(disputed({ seen: [held('h1'), list('h1', 'g1'), consistent] }, 'h1')).toHaveLength(50);
    const twice = [held('h1'), list('h1', 'g1'), { ...list('h1', 'g1'), mode: 'consistent' }];
    expect(disputed({ seen: twice as ApiList[] }, 'h1')).toHaveLength(1);
  });
});
