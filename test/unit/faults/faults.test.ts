import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killEtcd, sentence, wipeDataDir } from '../../../harness/faults/host-state.ts';
import { FAULTS, faultByName } from '../../../harness/faults/index.ts';
import type { Host, RunningHost } from '../../../harness/targets/host.ts';
import { hostFolder } from '../../../harness/targets/process/host-folder.ts';
import type { Cluster } from '../../../harness/targets/target.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type FolderHost, folderHost } from '../targets/process/folder-host.ts';

/** A cluster of one host of plain processes, whose "etcd" merely runs. */
function clusterOf(first: Host, dataDir: string): Cluster {
  let host = first;
  const cluster: Partial<Cluster> = {
    target: 'process',
    members: [{ host: host.name, name: host.name, clientUrl: '', peerUrl: '', dataDir }],
    host: () => host,
    hosts: () => [host],
    replace: (next) => {
      host = next;
    },
    network: undefined,
  };
  return cluster as Cluster;
}

describe('the parameters of faults', () => {
  it.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s refuses one that it does not know, and has a sentence about itself',
    (name, fault) => {
      expect(fault.parameters.safeParse({ groups: ['a', 'b'], nosuch: 1 }).success).toBe(false);
      expect(fault.summary.length).toBeGreaterThan(10);
      expect(faultByName(name)).toBe(fault);
    },
  );

  it.each([
    ['power-off', {}, { wipe: false }],
    ['corrupt', {}, { what: 'db', offset: 16_384, length: 4096 }],
    ['fill-disk', {}, { freeBytes: 0 }],
    ['outdated-address', {}, { address: '192.0.2.1' }],
    ['exhaust-quota', {}, { quotaBytes: 16_777_216 }],
  ])('%s has defaults', (name, given, parsed) => {
    expect(faultByName(name)?.parameters.parse(given)).toEqual(parsed);
  });

  it.each([
    ['partition', { groups: ['etcd-1'] }],
    ['corrupt', { offset: -1 }],
    ['corrupt', { length: 0 }],
    ['corrupt', { what: 'everything' }],
    ['fill-disk', { freeBytes: 0.5 }],
    ['outdated-address', { address: 'etcd-1' }],
    ['exhaust-quota', { quotaBytes: 1024 }],
  ])('%s refuses %j', (name, given) => {
    expect(faultByName(name)?.parameters.safeParse(given).success).toBe(false);
  });

  it('a name that no fault has is none', () => {
    expect(faultByName('earthquake')).toBeUndefined();
  });
});

it.each([
  [['a'], 'a is off'],
  [['a', 'b'], 'a and b are off'],
  [['a', 'b', 'c'], 'a, b and c are off'],
])('hosts %j are told in one sentence', (hosts, text) => {
  expect(sentence(hosts, 'is off', 'are off')).toBe(text);
});

describe('the data directory of a host', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubedrill-disk-'));
    await mkdir(join(folder, 'var/lib/etcd/member/wal'), { recursive: true });
    await writeFile(join(folder, 'var/lib/etcd/notes'), '');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    ['with a root of its own', () => hostFolder(folder), () => '/var/lib/etcd'],
    ['without one', () => hostFolder(folder, ''), () => join(folder, 'var/lib/etcd')],
  ])('%s is wiped whatever its state, and nothing beside it', async (_, disk, dataDir) => {
    const host = { name: 'etcd-1', state: 'powered-off', ...disk() } as Host;
    expect(await wipeDataDir(clusterOf(host, dataDir()), 'etcd-1')).toBe(true);
    expect(await readdir(join(folder, 'var/lib/etcd'))).toEqual(['notes']);
  });

  it('that cannot be reached is an error, not a fault without effect', async () => {
    const onDisk = async () => ({ problem: 'no engine', exitCode: null, stderr: '' });
    const host = { name: 'etcd-1', state: 'powered-off', onDisk } as unknown as Host;
    await expect(wipeDataDir(clusterOf(host, '/var/lib/etcd'), 'etcd-1')).rejects.toThrow(
      'wipe the data directory of etcd-1: no engine',
    );
  });
});

describe('a fault on a host of plain processes', () => {
  let host: FolderHost;
  let dataDir: string;
  let cluster: Cluster;
  const inject = async (name: string, given: Record<string, unknown> = {}) => {
    const fault = faultByName(name);
    if (!fault) throw new Error(name);
    const parameters = fault.parameters.parse(given);
    return fault.inject({ cluster, hosts: ['etcd-1'], parameters });
  };
  const isActive = async () => (await host.sh('systemctl is-active etcd')).stdout.trim();

  beforeEach(async () => {
    host = await folderHost({ etcd: 'sleep 60' });
    dataDir = join(host.files, 'var/lib/etcd');
    cluster = clusterOf(host.on, dataDir);
    await mkdir(join(dataDir, 'member/snap'), { recursive: true });
    await mkdir(join(dataDir, 'member/wal'));
    await writeFile(join(dataDir, 'member/snap/db'), Buffer.alloc(32_768));
    await host.sh('systemctl start etcd');
  });
  afterEach(() => host[Symbol.asyncDispose]());

  it('power-off ends every process, and with wipe the data', async () => {
    const { took, evidence } = await inject('power-off', { wipe: true });
    expect([took, evidence]).toEqual(['effect', 'etcd-1 is off, data directories wiped']);
    expect(cluster.host('etcd-1').state).toBe('powered-off');
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('stop-etcd leaves host and data', async () => {
    expect(await inject('stop-etcd')).toMatchObject({
      took: 'effect',
      evidence: 'etcd of etcd-1 has stopped',
    });
    expect(await isActive()).toBe('inactive');
    expect(await readdir(dataDir)).toEqual(['member']);
  });

  it('wipe-data-dir ends etcd before its data, and the host stays up', async () => {
    expect(await inject('wipe-data-dir')).toMatchObject({ took: 'effect' });
    expect(await isActive()).toBe('inactive');
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('nothing is broken under an etcd that goes on after it was stopped', async () => {
    const deaf: Partial<RunningHost> = {
      shell: (script, options) =>
        host.on.shell(
          `systemctl() { case $1 in kill | stop) ;; *) command systemctl "$@" ;; esac; }
${script}`,
          options,
        ),
    };
    const stubborn = clusterOf({ ...host.on, ...deaf }, dataDir);
    const killed = killEtcd(stubborn, 'etcd-1', new FakeClock());
    await expect(killed).rejects.toMatchObject({
      name: 'DrillError',
      attempted: 'wait until etcd on etcd-1 has ended',
      happened: expect.stringContaining('its unit is active'),
      hint: expect.stringContaining('on etcd-1: systemctl status etcd'),
    });
    expect(await isActive()).toBe('active');
  });

  it('etcd that has ended by itself can be killed too', async () => {
    await host.sh('systemctl stop etcd');
    expect(await inject('wipe-data-dir')).toMatchObject({ took: 'effect' });
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('corrupt overwrites what was asked, no byte beside it, and starts etcd again', async () => {
    const injected = await inject('corrupt', { offset: 100, length: 10 });
    expect(injected).toMatchObject({
      took: 'effect',
      evidence: 'db of etcd-1 was overwritten, 10 bytes at 100',
    });
    const db = await readFile(join(dataDir, 'member/snap/db'));
    expect(db.length).toBe(32_768);
    expect([...db.keys()].filter((at) => db[at] !== 0)).toEqual(
      Array.from({ length: 10 }, (_, at) => 100 + at),
    );
    expect(await isActive()).toBe('active');
  });

  it('corrupt beyond the end of the file has no effect, and says so', async () => {
    expect((await inject('corrupt', { offset: 1_000_000 })).took).toBe('no-effect');
    expect((await readFile(join(dataDir, 'member/snap/db'))).length).toBe(32_768);
  });

  it('freeze is healed by going on', async () => {
    const { evidence, heal } = await inject('freeze');
    expect(evidence).toBe('etcd-1 is frozen');
    expect(cluster.host('etcd-1').state).toBe('frozen');
    await heal();
    expect(cluster.host('etcd-1').state).toBe('running');
  });
});
