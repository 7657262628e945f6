// Removes certificates and keys of every control plane, and lets end what still has them in memory.
import { hosts, log, lost, onHost } from 'kubedrill/chaos';

for (const { name } of hosts) {
  await lost(name);
  await onHost(name)`rm -rf /etc/kubernetes/pki`;
  await onHost(name)`kill -KILL $(pidof etcd kube-apiserver)`;
  log(`/etc/kubernetes/pki of ${name} is gone, and so are etcd and kube-apiserver`);
}
