import { readlinkSync } from 'node:fs';
import { type Daemon, startDaemon } from '../../exec/daemon.ts';
import { isAlive } from '../../exec/processes.ts';
import { environmentError } from '../../support/errors.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { Stranger } from '../host-network.ts';
import { CLAIM_ADDRESS } from '../neighbours.ts';
import { dropLink, ip, ipInside } from './ip.ts';

/** @param port its place at the bridge: name of the link and hardware address. */
export async function bringStranger(
  bridge: string,
  port: { link: string; hardware: string },
  address: string,
  neighbours: readonly string[],
): Promise<Stranger> {
  const daemon = startDaemon(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'unshare',
      '--net',
      'bash',
      '-c',
      CLAIM_ADDRESS,
      'stranger',
      ...neighbours,
    ],
    { logFile: '/dev/null' },
  );
  if (!daemon) {
    throw environmentError('start a stranger', 'no setpriv', 'install util-linux');
  }
  await ownNetwork(daemon);
  const peer = `peer name eth0 address ${port.hardware} netns ${daemon.pid}`;
  await ip(`link add ${port.link} type veth ${peer}`, `link set ${port.link} master ${bridge} up`);
  await ipInside(daemon.pid, `addr add ${address}/24 dev eth0`, 'link set eth0 up');
  return { leave: () => sendAway(daemon, port.link) };
}

async function ownNetwork({ pid }: Daemon): Promise<void> {
  await until(
    'the stranger has a network of its own',
    () => (networkOf(pid) === networkOf('self') ? notYet('it has ours') : done(true)),
    { timeoutMs: 10_000, intervalMs: 5 },
  );
}

function networkOf(pid: number | 'self'): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}

async function sendAway(daemon: Daemon, link: string): Promise<void> {
  daemon.kill('SIGKILL');
  await until(
    'the stranger is gone',
    () => (isAlive(daemon.pid) ? notYet('it is still there') : done(true)),
    { timeoutMs: 10_000, intervalMs: 5 },
  );
  await dropLink(link);
}
