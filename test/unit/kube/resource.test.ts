import { describe, expect, it } from 'vitest';
import { ApiError, isExpired, isNotFound, isPassing } from '../../../harness/kube/error.ts';
import { asKubeObject, pathOf, refOf } from '../../../harness/kube/resource.ts';
import { RESOURCES } from '../../../harness/kube/resources.ts';

describe('the path of a resource', () => {
  it('tells the core group from the named ones', () => {
    expect(pathOf(RESOURCES.namespaces)).toBe('/api/v1/namespaces');
    expect(pathOf(RESOURCES.deployments, 'shop', 'web')).toBe(
      '/apis/apps/v1/namespaces/shop/deployments/web',
    );
  });

  it('has no namespace for cluster-wide lists and objects', () => {
    expect(pathOf(RESOURCES.configMaps, null)).toBe('/api/v1/configmaps');
    expect(pathOf(RESOURCES.persistentVolumes, null, 'a:b')).toBe(
      '/api/v1/persistentvolumes/a%3Ab',
    );
  });
});

describe('an object of the API', () => {
  it('is known by its place', () => {
    const object = asKubeObject({ metadata: { name: 'web', namespace: 'shop' } });
    expect(refOf(RESOURCES.deployments, object)).toEqual({
      group: 'apps',
      resource: 'deployments',
      namespace: 'shop',
      name: 'web',
    });
  });

  it.each([null, 'text', {}, { metadata: {} }, { metadata: 'name' }])('is not %j', (json) =>
    expect(() => asKubeObject(json)).toThrow('metadata.name'),
  );
});

describe('an API error', () => {
  const error = (httpCode: number | null, reason: string) =>
    new ApiError({ method: 'GET', url: 'https://h/x', httpCode, reason, details: 'why' });

  it('says request, code, reason and the own words of the server', () => {
    expect(error(404, 'NotFound').message).toBe('GET https://h/x: HTTP 404 NotFound: why');
  });

  it('tells what passes from what is final', () => {
    expect([429, 500, 503, null].map((code) => isPassing(error(code, '')))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([400, 403, 404, 409].some((code) => isPassing(error(code, '')))).toBe(false);
  });

  it('knows an expired revision by code or reason', () => {
    expect(isExpired(error(410, 'Gone'))).toBe(true);
    expect(isExpired(error(200, 'Expired'))).toBe(true);
    expect(isExpired(error(404, 'NotFound'))).toBe(false);
    expect(isNotFound(error(404, 'NotFound'))).toBe(true);
  });

  it('is definite about a refusal and about a closed door, not about silence', () => {
    expect(error(409, 'Conflict').definite).toBe(true);
    expect(error(null, 'ECONNREFUSED').definite).toBe(true);
    expect(error(null, 'ETIMEDOUT').definite).toBe(false);
    expect(error(500, 'InternalError').definite).toBe(false);
  });
});
