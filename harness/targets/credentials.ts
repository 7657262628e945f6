import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterPki } from './host-files.ts';
import type { ClientCredentials } from './target.ts';

/** With what the harness itself is an administrator of etcd and of Kubernetes. */
export interface HarnessCredentials {
  etcd: ClientCredentials;
  kube: ClientCredentials;
}

/** Writes them into a folder of the machine that runs the harness. */
export async function writeCredentials(
  pki: ClusterPki,
  folder: string,
): Promise<HarnessCredentials> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, content: string) => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  return {
    etcd: {
      ca: await write('etcd-ca.crt', pki.etcdCa.identity.cert),
      cert: await write('etcd-client.crt', pki.etcdClient.cert),
      key: await write('etcd-client.key', pki.etcdClient.key),
    },
    kube: {
      ca: await write('kubernetes-ca.crt', pki.kubeCa.identity.cert),
      cert: await write('admin.crt', pki.admin.cert),
      key: await write('admin.key', pki.admin.key),
    },
  };
}
