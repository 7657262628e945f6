import { describe, expect, it } from 'vitest';
import { done, notYet, until } from '../../../harness/support/until.ts';
import type { RunningHost } from '../../../harness/targets/host.ts';
import {
  deathOf,
  isServiceActive,
  requireRunning,
  startService,
  stopService,
} from '../../../harness/targets/services.ts';
import { folderHost } from './process/folder-host.ts';

/** Says why it could not listen, as Go programs do. */
const MEETS_A_PORT = `bash -c 'echo "listen tcp 10.77.0.11:2379: bind: address already in use" >&2; exit 1'`;

const itsDeath = (host: RunningHost) =>
  until(
    'etcd has ended',
    async () => {
      const error = await deathOf(host, 'etcd');
      return error ? done(error) : notYet('it runs');
    },
    { timeoutMs: 20_000 },
  );

describe('services of a host', () => {
  it('are started and stopped as a runbook does it', async () => {
    await using host = await folderHost({ etcd: 'sleep 60' });
    expect(await isServiceActive(host.on, 'etcd')).toBe(false);
    await startService(host.on, 'etcd');
    expect(await isServiceActive(host.on, 'etcd')).toBe(true);
    expect(await deathOf(host.on, 'etcd')).toBeUndefined();
    await stopService(host.on, 'etcd');
    expect(await isServiceActive(host.on, 'etcd')).toBe(false);
  });

  it('that are not there: the error names unit, host and what systemctl said', async () => {
    await using host = await folderHost();
    await expect(startService(host.on, 'kube-apiserver')).rejects.toMatchObject({
      kind: 'drill',
      attempted: 'start kube-apiserver on etcd-1',
      happened: expect.stringMatching(/^exit 5 /),
      output: 'Failed to start kube-apiserver.service: Unit kube-apiserver.service not found.',
    });
  });

  it('that meet a port in use: it is named, with the command that finds what holds it', async () => {
    await using host = await folderHost({ etcd: MEETS_A_PORT });
    await startService(host.on, 'etcd');
    const death = await itsDeath(host.on);
    expect(death).toMatchObject({
      kind: 'environment',
      attempted: 'start etcd on etcd-1',
      happened: 'port 2379 is in use',
      hint: "find what holds it: ss -ltnp 'sport = :2379'",
    });
  });

  it('that die of a full disk: it is named, and what was said stands above the trace', async () => {
    const trace =
      'panic: cannot write\\n\\ngoroutine 1 [running]:\\nmain.main()\\n\\tmain.go:31 +0x28';
    await using host = await folderHost({
      etcd: `bash -c 'printf "write /x: no space left on device\\n${trace}\\n"; seq 40; exit 2'`,
    });
    await startService(host.on, 'etcd');
    const death = await itsDeath(host.on);
    expect(death).toMatchObject({
      happened: 'no space left on device',
      hint: expect.stringContaining('df -h'),
    });
    expect(death.output).toContain('panic: cannot write');
    expect(death.output).not.toContain('main.go:31');
  });

  it('that end for another reason: the end of the log without its secrets, and where all of it is', async () => {
    await using host = await folderHost({
      etcd: `bash -c 'seq 100; echo "--token=abcdef.0123456789abcdef is wrong"'`,
    });
    await startService(host.on, 'etcd');
    const death = await itsDeath(host.on);
    expect(death.happened).toBe('it ended at its start');
    expect(death.output).toMatch(/100\n--token=\[redacted\] is wrong$/);
    expect(death.output?.split('\n').length).toBeLessThan(15);
    expect(death.hint).toContain('logs/etcd-1/etcd.log');
  });
});

it('a host that is off cannot be used, which is told with its name', async () => {
  await using host = await folderHost();
  expect(requireRunning(host.on)).toBe(host.on);
  expect(() => requireRunning(host.off)).toThrow('use host etcd-1: it is powered-off');
});
