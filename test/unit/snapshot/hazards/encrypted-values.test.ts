import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseEncryptionConfiguration } from '../../../../harness/snapshot/hazards/encryption-configuration.ts';
import { codesOf, findingsAbout, healthyCluster, secret } from './cluster.ts';

describe('encrypted values', () => {
  const key = '/registry/secrets/shop/db';
  const secretBytes = Buffer.alloc(32, 7);
  const plain = JSON.stringify(secret('db', 'Opaque', { password: 'geheim' }));

  function aescbc(name: string): Buffer {
    const iv = Buffer.alloc(16, 1);
    const cipher = createCipheriv('aes-256-cbc', secretBytes, iv);
    const head = Buffer.from(`k8s:enc:aescbc:v1:${name}:`);
    return Buffer.concat([head, iv, cipher.update(plain), cipher.final()]);
  }

  function aesgcm(etcdKey: string): Buffer {
    const nonce = Buffer.alloc(12, 1);
    const cipher = createCipheriv('aes-256-gcm', secretBytes, nonce);
    cipher.setAAD(Buffer.from(etcdKey));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from('k8s:enc:aesgcm:v1:k1:'), nonce, body, cipher.getAuthTag()]);
  }

  const configured = (provider: string, name: string, bytes: Buffer, resource = 'secrets') =>
    parseEncryptionConfiguration(
      `kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: ['${resource}']
  providers:
  - ${provider}: {keys: [{name: ${name}, secret: ${bytes.toString('base64')}}]}
  - identity: {}`,
      'enc.yaml',
    );

  const about = (value: Buffer, encryption?: ReturnType<typeof configured>) =>
    codesOf(findingsAbout({ ...healthyCluster(), [key]: value }, { encryption }));

  test('need a configuration that names their provider, key and resource', () => {
    expect(about(aescbc('k1'))).toEqual(['encryption-key-unknown']);
    expect(about(aescbc('k1'), configured('aescbc', 'k2', secretBytes))).toEqual([
      'encryption-key-unknown',
    ]);
    expect(about(aescbc('k1'), configured('aescbc', 'k1', secretBytes, 'configmaps'))).toEqual([
      'encryption-key-unknown',
    ]);
    expect(about(aescbc('k1'), configured('aescbc', 'k1', secretBytes))).toEqual([]);
    expect(about(aescbc('k1'), configured('aescbc', 'k1', secretBytes, '*.*'))).toEqual([]);
  });

  test('are decrypted, so a key of the right name with other bytes is told', () => {
    const wrong = configured('aescbc', 'k1', Buffer.alloc(32, 8));
    expect(about(aescbc('k1'), wrong)).toEqual(['encryption-key-wrong']);
  });

  test('of AES-GCM are bound to their etcd key', () => {
    const encryption = configured('aesgcm', 'k1', secretBytes);
    expect(about(aesgcm(key), encryption)).toEqual([]);
    expect(about(aesgcm('/other/secrets/shop/db'), encryption)).toEqual(['encryption-key-wrong']);
  });

  test('of a KMS that is configured are said to be unchecked', () => {
    const kms = (name: string) =>
      parseEncryptionConfiguration(
        `{kind: EncryptionConfiguration, apiVersion: apiserver.config.k8s.io/v1, resources: [{resources: [secrets], providers: [{kms: {name: ${name}, apiVersion: v2}}]}]}`,
        'enc.yaml',
      );
    const value = Buffer.from('k8s:enc:kms:v2:vault:xxxxxxxx');
    expect(about(value, kms('vault'))).toEqual(['encryption-key-unchecked']);
    expect(about(value, kms('other'))).toEqual(['encryption-key-unknown']);
  });

  test('of a secretbox are opened too', () => {
    const value = Buffer.from(`k8s:enc:secretbox:v1:k1:${'x'.repeat(80)}`);
    expect(about(value, configured('secretbox', 'k1', secretBytes))).toEqual([
      'encryption-key-wrong',
    ]);
  });
});
