#!/usr/bin/env bash
# The quorum-loss drill on containers as somebody would write it by hand: the same hosts, the same etcd
# commands through docker exec, no proof of anything. $1 the host image, $2 a name of its own,
# $3 a folder with ca.crt, server.crt and server.key, $4 a free /24 as in 10.79.0.
set -euo pipefail
image=$1 name=$2 pki=$3 net=$4
cluster=etcd-1=https://$net.11:2380,etcd-2=https://$net.12:2380,etcd-3=https://$net.13:2380
hosts=(etcd-1 etcd-2 etcd-3)
cleanup() {
  docker rm --force --volumes "$name-operator" "${hosts[@]/#/$name-}" >/dev/null 2>&1 || true
  docker volume rm "$name-backup" "$name-operator" "${hosts[@]/#/$name-}" >/dev/null 2>&1 || true
  docker network rm "$name" >/dev/null 2>&1 || true
}
trap cleanup EXIT

on() { # host script
  docker exec --env ETCDCTL_CACERT=/pki/ca.crt --env ETCDCTL_CERT=/pki/server.crt --env ETCDCTL_KEY=/pki/server.key \
    --env ETCDCTL_ENDPOINTS="https://$net.1${1##*-}:2379" "$name-$1" bash -euo pipefail -c "$2"
}
everywhere() { # script, in which HOST and N stand for the host's
  local n pids=()
  for n in 1 2 3; do on "etcd-$n" "HOST=etcd-$n N=$n; $1" >/dev/null & pids+=($!); done
  for n in "${pids[@]}"; do wait "$n"; done
}

unit='[Service]
Type=simple
EnvironmentFile=/etc/etcd.env
ExecStart=/usr/local/bin/etcd
TimeoutStopSec=2'
host() { # name, address
  docker volume create "$name-$1" >/dev/null
  docker create --name "$name-$1" --hostname "$1" --network "$name" --ip "$2" --cap-add NET_ADMIN --tmpfs /run \
    --volume "$name-$1:/var/lib" --volume "$name-backup:/backup" "$image" >/dev/null
  docker cp "$pki" "$name-$1:/pki" >/dev/null
  docker start "$name-$1" >/dev/null
}
docker network create --internal --subnet "$net.0/24" --gateway "$net.1" "$name" >/dev/null
docker volume create "$name-backup" >/dev/null
host operator "$net.10" &
for n in 1 2 3; do host "etcd-$n" "$net.1$n" & done
wait
everywhere "echo '$unit' > /etc/systemd/system/etcd.service
cat > /etc/etcd.env <<EOT
ETCD_NAME=\$HOST
ETCD_DATA_DIR=/var/lib/etcd
ETCD_INITIAL_CLUSTER=$cluster
ETCD_INITIAL_CLUSTER_STATE=new
ETCD_INITIAL_CLUSTER_TOKEN=first
ETCD_INITIAL_ADVERTISE_PEER_URLS=https://$net.1\$N:2380
ETCD_LISTEN_PEER_URLS=https://$net.1\$N:2380
ETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379,https://$net.1\$N:2379
ETCD_ADVERTISE_CLIENT_URLS=https://$net.1\$N:2379
ETCD_CERT_FILE=/pki/server.crt
ETCD_KEY_FILE=/pki/server.key
ETCD_TRUSTED_CA_FILE=/pki/ca.crt
ETCD_CLIENT_CERT_AUTH=true
ETCD_PEER_CERT_FILE=/pki/server.crt
ETCD_PEER_KEY_FILE=/pki/server.key
ETCD_PEER_TRUSTED_CA_FILE=/pki/ca.crt
ETCD_PEER_CLIENT_CERT_AUTH=true
EOT
systemctl start etcd"
healthy='for try in $(seq 100); do etcdctl endpoint health --command-timeout=2s 2>/dev/null && exit 0; sleep 0.5; done; exit 1'
everywhere "$healthy"
on etcd-1 'for batch in 0 1 2; do
  { echo; for key in $(seq $((batch * 100)) $((batch * 100 + 99))); do echo "put /bench/$key value-$key"; done; echo; echo; } | etcdctl txn
done' >/dev/null
on etcd-1 'etcdctl endpoint status; etcdctl snapshot save /backup/snapshot.db; etcdutl snapshot status /backup/snapshot.db; sha256sum /backup/snapshot.db' >/dev/null 2>&1
on etcd-1 'for key in $(seq 10); do etcdctl put "/bench/after-$key" lost; done' >/dev/null

for n in 1 2; do
  {
    docker kill "$name-etcd-$n" >/dev/null
    docker run --rm --network none --volume "$name-etcd-$n:/var/lib" --entrypoint rm "$image" -rf /var/lib/etcd/member
  } &
done
wait
on etcd-3 'for try in $(seq 100); do etcdctl endpoint status -w json | grep -q "\"leader\":" || exit 0; sleep 0.05; done' >/dev/null
for n in 1 2; do docker start "$name-etcd-$n" >/dev/null; done
# The steps of restore-all-members, a docker exec for each block and host.
everywhere 'etcdutl snapshot status /backup/snapshot.db --write-out=table'
everywhere 'systemctl stop etcd; if [ -e /var/lib/etcd/member/snap/db ]; then flock --nonblock /var/lib/etcd/member/snap/db true; fi'
everywhere 'mv --no-target-directory /var/lib/etcd /var/lib/etcd.old'
everywhere "etcdutl snapshot restore /backup/snapshot.db --name \$HOST --initial-cluster $cluster --initial-cluster-token second \
  --initial-advertise-peer-urls https://$net.1\$N:2380 --data-dir /var/lib/etcd --bump-revision 1000000000 --mark-compacted 2>/dev/null"
everywhere 'sed -i "s/TOKEN=.*/TOKEN=second/" /etc/etcd.env'
everywhere 'systemctl start etcd'
everywhere "$healthy"
on etcd-1 'etcdctl member list; etcdctl alarm list; etcdctl put check 1; etcdctl del check' >/dev/null
