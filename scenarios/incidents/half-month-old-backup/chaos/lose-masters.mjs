// A machine takes the address of a master, and what is done against that takes the masters their network interfaces.
import { hosts, log, onHost, settings } from 'kubedrill/chaos';
import { sleep } from 'zx';

const masters = hosts.filter(({ roles }) => roles.includes('control-plane'));
const [clashing] = masters;
const [stranger] = hosts.filter(({ roles }) => roles.length === 0);

for (const { name, address } of masters) {
  const pattern = `^${address}/`;
  await onHost(name)`
    ip route save table main >/root/routes
    ip -oneline -4 address | awk -v own=${pattern} '$4 ~ own { print $2 }' >/root/interface
    ip link set "$(cat /root/interface)" down`;
  log(`${name} has lost its network interface`);
}
await onHost(stranger.name)`
  ip address add ${clashing.address}/32 dev "$(ip route show default | awk '{ print $5 }')"`;
log(`${stranger.name} answers at ${clashing.address}, which is the address of ${clashing.name}`);
// Whoever asks in vain pauses longer and longer, so that few ask in the moment when an API server comes back.
await sleep(settings.lastsMs);
