import { describe, expect, test } from 'vitest';
import { newRunId } from '../../../../harness/support/ids.ts';
import {
  clusterConfig,
  clusterName,
  nodeNames,
} from '../../../../harness/targets/kind/cluster-config.ts';

const CLUSTER = {
  controlPlanes: 3,
  workers: 2,
  image: 'kindest/node:v1.36.3',
  serviceCidr: '10.96.0.0/16',
  backupDir: '/runs/one/backup',
};

function patchesOf(controlPlanes: number): { kind: string }[] {
  const config = JSON.parse(clusterConfig({ ...CLUSTER, controlPlanes }));
  return config.kubeadmConfigPatches.map((text: string) => JSON.parse(text));
}

describe("kind's configuration", () => {
  const config = JSON.parse(clusterConfig(CLUSTER));

  test('has every node with the image that was chosen', () => {
    const roles = config.nodes.map(({ role }: { role: string }) => role);
    expect(roles).toEqual([...Array(3).fill('control-plane'), ...Array(2).fill('worker')]);
    for (const { image } of config.nodes) expect(image).toBe('kindest/node:v1.36.3');
  });

  test('gives every node the backups', () => {
    const mount = { hostPath: '/runs/one/backup', containerPath: '/backup' };
    for (const { extraMounts } of config.nodes) expect(extraMounts).toEqual([mount]);
  });

  test('gives every node the images that it was not made with, where there are any', () => {
    const given = JSON.parse(clusterConfig({ ...CLUSTER, imagesDir: '/runs/one/images' }));
    const mount = { hostPath: '/runs/one/images', containerPath: '/images', readOnly: true };
    for (const { extraMounts } of given.nodes) expect(extraMounts).toContainEqual(mount);
  });

  test('lets the kubelet start on control groups of version 1', () => {
    expect(patchesOf(3)).toContainEqual({ kind: 'KubeletConfiguration', failCgroupV1: false });
  });

  test('gives etcd patience where several control planes share a machine, and only there', () => {
    const kinds = (count: number) => patchesOf(count).map(({ kind }) => kind);
    expect(kinds(3)).toContain('ClusterConfiguration');
    expect(kinds(1)).not.toContain('ClusterConfiguration');
  });

  test('its nodes are known by name before they are made', () => {
    expect(nodeNames('kd-ab12', { controlPlanes: 3, workers: 2 })).toEqual([
      'kd-ab12-control-plane',
      'kd-ab12-control-plane2',
      'kd-ab12-control-plane3',
      'kd-ab12-worker',
      'kd-ab12-worker2',
    ]);
  });

  test('names a cluster so that its longest node is a host name', () => {
    const longest = `${clusterName(newRunId(0))}-external-load-balancer`;
    expect(longest).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
  });
});
