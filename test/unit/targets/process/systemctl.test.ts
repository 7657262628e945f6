import { describe, expect, it } from 'vitest';
import { isAlive } from '../../../../harness/exec/processes.ts';
import { done, notYet, until } from '../../../../harness/support/until.ts';
import { type FolderHost, folderHost } from './folder-host.ts';

const STUBBORN = `bash -c 'trap "" TERM; echo ready; while :; do sleep 0.05; done'`;

const pidOf = async ({ sh }: FolderHost, unit: string) =>
  Number((await sh(`cat "$HOST_ROOT/run/${unit}.pid"`)).stdout);

const says = (host: FolderHost, unit: string, text: string) =>
  until(
    `${unit} says ${text}`,
    async () => ((await host.log(unit)).includes(text) ? done(true) : notYet('silence')),
    { timeoutMs: 20_000, intervalMs: 10 },
  );

describe('systemctl on a host without systemd', () => {
  it('starts a unit, tells that it is active, and stops it', async () => {
    await using host = await folderHost({ etcd: 'sleep 60' });
    expect(await host.sh('systemctl is-active etcd')).toMatchObject({
      exitCode: 3,
      stdout: 'inactive\n',
    });
    expect(await host.sh('systemctl start etcd.service')).toMatchObject({ exitCode: 0 });
    const pid = await pidOf(host, 'etcd');
    expect(isAlive(pid)).toBe(true);
    expect(await host.sh('systemctl is-active etcd')).toMatchObject({
      exitCode: 0,
      stdout: 'active\n',
    });
    expect(await host.sh('systemctl stop etcd')).toMatchObject({ exitCode: 0 });
    expect(isAlive(pid)).toBe(false);
    expect(await host.sh('systemctl is-active etcd')).toMatchObject({ exitCode: 3 });
  });

  it('gives a unit its environment file and keeps its output in its log', async () => {
    await using host = await folderHost({ etcd: `bash -c 'echo "$GREETING"; echo error >&2'` });
    await host.sh('systemctl start etcd');
    await says(host, 'etcd', 'error');
    expect(await host.log('etcd')).toBe('good morning\nerror\n');
  });

  it('does not start again what runs already', async () => {
    await using host = await folderHost({ etcd: 'sleep 60' });
    await host.sh('systemctl start etcd');
    const pid = await pidOf(host, 'etcd');
    expect((await host.sh('systemctl start etcd')).exitCode).toBe(0);
    expect(await pidOf(host, 'etcd')).toBe(pid);
  });

  it('kills what does not end by TERM in the time of its unit', async () => {
    await using host = await folderHost({ etcd: STUBBORN });
    await host.sh('systemctl start etcd');
    await says(host, 'etcd', 'ready');
    const pid = await pidOf(host, 'etcd');
    const stopped = await host.sh('systemctl stop etcd');
    expect(stopped.exitCode).toBe(0);
    expect(stopped.durationMs).toBeGreaterThan(900);
    expect(isAlive(pid)).toBe(false);
  });

  it('restarts: the successor meets nothing of its predecessor', async () => {
    const exclusive = `bash -c 'mkdir "$HOST_ROOT/run/port" || { echo in use; exit 1; }; trap "sleep 0.2; rmdir $HOST_ROOT/run/port; exit" TERM; echo serving; while :; do sleep 0.02; done'`;
    await using host = await folderHost({ etcd: exclusive });
    await host.sh('systemctl start etcd');
    await says(host, 'etcd', 'serving');
    const pid = await pidOf(host, 'etcd');
    expect((await host.sh('systemctl restart etcd')).exitCode).toBe(0);
    await says(host, 'etcd', 'serving\nserving');
    expect(await pidOf(host, 'etcd')).not.toBe(pid);
    expect(await host.log('etcd')).not.toContain('in use');
  });

  it('stops and restarts what does not run', async () => {
    await using host = await folderHost({ etcd: 'sleep 60' });
    expect((await host.sh('systemctl stop etcd')).exitCode).toBe(0);
    expect((await host.sh('systemctl restart etcd')).exitCode).toBe(0);
    expect((await host.sh('systemctl is-active etcd')).stdout).toBe('active\n');
  });

  it('never restarts by itself what has ended', async () => {
    await using host = await folderHost({ etcd: `bash -c 'echo once'` });
    await host.sh('systemctl start etcd');
    await says(host, 'etcd', 'once');
    const pid = await pidOf(host, 'etcd');
    await until('it has ended', () => (isAlive(pid) ? notYet('it runs') : done(true)), {
      timeoutMs: 20_000,
    });
    expect((await host.sh('systemctl is-active etcd')).stdout).toBe('inactive\n');
    expect(await host.log('etcd')).toBe('once\n');
  });

  it.each(['start', 'stop', 'restart', 'kill', 'cat', 'enable', 'status'])(
    'does not %s a unit that it does not know',
    async (verb) => {
      await using host = await folderHost();
      expect(await host.sh(`systemctl ${verb} kube-apiserver`)).toMatchObject({
        exitCode: 5,
        stderr: expect.stringContaining('Unit kube-apiserver.service not found'),
      });
    },
  );

  it('does one thing to several units, and fails when one of them fails', async () => {
    await using host = await folderHost({ etcd: 'sleep 60', other: 'sleep 60' });
    expect((await host.sh('systemctl start etcd other')).exitCode).toBe(0);
    expect(await host.sh('systemctl is-active etcd other')).toMatchObject({
      exitCode: 0,
      stdout: 'active\nactive\n',
    });
    await host.sh('systemctl stop other');
    expect((await host.sh('systemctl is-active etcd other')).exitCode).toBe(3);
  });

  it('enables and disables, and with --now starts and stops as well', async () => {
    await using host = await folderHost({ etcd: 'sleep 60' });
    expect((await host.sh('systemctl enable etcd')).exitCode).toBe(0);
    expect((await host.sh('systemctl is-active etcd')).stdout).toBe('inactive\n');
    expect((await host.sh('systemctl enable --now etcd')).exitCode).toBe(0);
    expect((await host.sh('systemctl is-active etcd')).stdout).toBe('active\n');
    expect((await host.sh('systemctl disable --now etcd')).exitCode).toBe(0);
    expect((await host.sh('systemctl is-active etcd')).stdout).toBe('inactive\n');
  });

  it('kills with the signal that an option names in a word of its own', async () => {
    await using host = await folderHost({ etcd: STUBBORN });
    await host.sh('systemctl start etcd');
    const pid = await pidOf(host, 'etcd');
    expect(await host.sh('systemctl kill -s KILL etcd')).toMatchObject({ exitCode: 0 });
    await until('it has ended', () => (isAlive(pid) ? notYet('it runs') : done(true)), {
      timeoutMs: 20_000,
    });
  });

  it('shows a unit and the end of its log', async () => {
    await using host = await folderHost({ etcd: `bash -c 'echo it serves; sleep 60'` });
    await host.sh('systemctl start etcd');
    await says(host, 'etcd', 'it serves');
    expect((await host.sh('systemctl cat etcd')).stdout).toContain('ExecStart=bash');
    expect(await host.sh('systemctl status etcd')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/active \(running\)[\s\S]*it serves/),
    });
    expect((await host.sh('systemctl daemon-reload')).exitCode).toBe(0);
    expect((await host.sh('systemctl dance etcd')).stderr).toContain('Unknown command verb dance');
  });
});

describe('a host without namespaces', () => {
  it('loses every process with its power, keeps its files, and starts nothing when it boots', async () => {
    await using host = await folderHost({ etcd: 'sleep 60' });
    await host.sh('systemctl start etcd; echo kept > "$HOST_ROOT/var/lib/data"');
    const pid = await pidOf(host, 'etcd');
    const off = await host.on.powerOff();
    expect(isAlive(pid)).toBe(false);
    const on = await off.powerOn();
    const looked = await on.shell('cat "$HOST_ROOT/var/lib/data"; systemctl is-active etcd', {
      timeoutMs: 10_000,
    });
    expect(looked.stdout).toBe('kept\ninactive\n');
    await on.powerOff();
  });

  it('is blank after it was rebuilt, but for what provisioning gives every host', async () => {
    await using host = await folderHost({ etcd: 'sleep 60' });
    await host.sh('echo lost > "$HOST_ROOT/var/lib/data"');
    const rebuilt = await (await host.on.powerOff()).rebuild();
    const on = await rebuilt.powerOn();
    const script = 'ls "$HOST_ROOT/var/lib" "$HOST_ROOT/etc/systemd/system"';
    const { stdout } = await on.shell(script, { timeoutMs: 10_000 });
    expect(stdout).not.toContain('data');
    expect(stdout).toContain('etcd.service');
    await on.powerOff();
  });

  it('stands still while it is frozen and goes on after', async () => {
    await using host = await folderHost({
      etcd: `bash -c 'while :; do echo beat; sleep 0.02; done'`,
    });
    await host.sh('systemctl start etcd');
    await says(host, 'etcd', 'beat');
    const frozen = await host.on.freeze();
    // A signal is noticed by a process when it is its turn.
    await until(
      'it is frozen',
      async () => {
        const script = 'cut -d" " -f3 "/proc/$(cat "$HOST_ROOT/run/etcd.pid")/stat"';
        const { stdout } = await host.sh(script);
        return stdout === 'T\n' ? done(true) : notYet(stdout);
      },
      { timeoutMs: 20_000, intervalMs: 10 },
    );
    const beats = await host.log('etcd');
    await frozen.thaw();
    await until(
      'it beats again',
      async () => ((await host.log('etcd')).length > beats.length ? done(true) : notYet('silence')),
      { timeoutMs: 20_000 },
    );
  });
});
