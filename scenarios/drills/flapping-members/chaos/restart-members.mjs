// Ends etcd of a member that is still up and starts it again, as a host with a bad power supply would.
import { fault, hosts, log, onHost, random, settings, turn } from 'kubedrill/chaos';
import { sleep } from 'zx';

const up = [];
for (const { name } of hosts) {
  const asked = await onHost(name, { nothrow: true })`systemctl is-active etcd`.catch(
    () => undefined,
  );
  if (asked?.exitCode === 0) up.push(name);
}
const victim = random.pick(up);
await fault('stop-etcd', { hosts: [victim] });
await sleep(settings.pauseMs);
await onHost(victim)`systemctl start etcd`;
log(`turn ${turn}: restarted etcd of ${victim}, one of ${up.join(', ')}`);
