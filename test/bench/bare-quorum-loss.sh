#!/usr/bin/env bash
# The quorum-loss drill as somebody would write it by hand: the same etcd commands, no proof of anything.
# In a network namespace of its own. $1 an empty folder, $2 the folder of etcd, etcdctl and etcdutl,
# $3 a folder with ca.crt, server.crt and server.key.
set -euo pipefail
work=$1 tools=$2 pki=$3
PATH=$tools:$PATH
ip link set lo up
export ETCDCTL_CACERT=$pki/ca.crt ETCDCTL_CERT=$pki/server.crt ETCDCTL_KEY=$pki/server.key
cluster=etcd-1=https://127.0.0.1:2380,etcd-2=https://127.0.0.2:2380,etcd-3=https://127.0.0.3:2380
tls=(--cert-file="$pki/server.crt" --key-file="$pki/server.key" --trusted-ca-file="$pki/ca.crt" --client-cert-auth
  --peer-cert-file="$pki/server.crt" --peer-key-file="$pki/server.key" --peer-trusted-ca-file="$pki/ca.crt" --peer-client-cert-auth)
declare -A pids

start() {
  etcd --name "etcd-$1" --data-dir "$work/etcd-$1" --initial-cluster "$cluster" --initial-cluster-token "$2" \
    --initial-advertise-peer-urls "https://127.0.0.$1:2380" --listen-peer-urls "https://127.0.0.$1:2380" \
    --listen-client-urls "https://127.0.0.$1:2379" --advertise-client-urls "https://127.0.0.$1:2379" \
    "${tls[@]}" >>"$work/etcd-$1.log" 2>&1 &
  pids[$1]=$!
}

healthy() {
  for _ in $(seq 200); do
    etcdctl --endpoints "https://127.0.0.$1:2379" endpoint health --command-timeout=2s >/dev/null 2>&1 && return
    sleep 0.05
  done
  return 1
}

trap 'kill -9 "${pids[@]}" 2>/dev/null' EXIT
for member in 1 2 3; do start "$member" first; done
for member in 1 2 3; do healthy "$member"; done
for batch in 0 1 2; do
  { echo; for key in $(seq $((batch * 100)) $((batch * 100 + 99))); do echo "put /bench/$key value-$key"; done; echo; echo; } |
    etcdctl --endpoints https://127.0.0.1:2379 txn >/dev/null
done
etcdctl --endpoints https://127.0.0.1:2379 snapshot save "$work/snapshot.db" >/dev/null 2>&1
etcdutl snapshot status "$work/snapshot.db" >/dev/null
for key in $(seq 10); do etcdctl --endpoints https://127.0.0.1:2379 put "/bench/after-$key" lost >/dev/null; done

kill -9 "${pids[1]}" "${pids[2]}"
rm -rf "$work/etcd-1" "$work/etcd-2"
for _ in $(seq 200); do
  status=$(etcdctl --endpoints https://127.0.0.3:2379 endpoint status -w json)
  [[ $status == *'"leader":'* ]] || break
  sleep 0.05
done
kill "${pids[3]}"
wait "${pids[@]}" 2>/dev/null || true
mv "$work/etcd-3" "$work/etcd-3.old"
for member in 1 2 3; do
  etcdutl snapshot restore "$work/snapshot.db" --name "etcd-$member" --initial-cluster "$cluster" \
    --initial-cluster-token second --initial-advertise-peer-urls "https://127.0.0.$member:2380" \
    --data-dir "$work/etcd-$member" --bump-revision 1000000000 --mark-compacted >/dev/null 2>&1 &
done
wait $(jobs -p)
for member in 1 2 3; do start "$member" second; done
for member in 1 2 3; do healthy "$member"; done
etcdctl --endpoints https://127.0.0.1:2379 put check 1 >/dev/null
etcdctl --endpoints https://127.0.0.1:2379 get /bench/ --prefix --count-only -w fields >/dev/null
