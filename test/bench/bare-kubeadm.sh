#!/usr/bin/env bash
# The drill kubeadm-data-loss as somebody would write it by hand: the same cluster by kind, the same pods and pages, the
# same blocks of the same runbooks through docker exec, no proof of anything. $1 kind, $2 a name of its own, $3 a folder
# with kind.json, apply-web, backup/*.sh and restore/*.sh, $4 a free /24 as in 10.79.0.
set -euo pipefail
kind=$1 name=$2 folder=$3 net=$4
node=$name-control-plane
export KIND_EXPERIMENTAL_DOCKER_NETWORK=$name KUBECONFIG=$folder/kubeconfig
cleanup() {
  "$kind" delete cluster --name "$name" --quiet || true
  docker network rm "$name" >/dev/null 2>&1 || true
}
trap cleanup EXIT

variables=(
  KUBECONFIG=/etc/kubernetes/admin.conf KUBEADM_CONFIG=/kind/kubeadm.conf BACKUP_DIR=/backup SNAPSHOT=/backup/snapshot.db
  ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt ETCDCTL_CERT=/etc/kubernetes/pki/etcd/healthcheck-client.crt
  ETCDCTL_KEY=/etc/kubernetes/pki/etcd/healthcheck-client.key ETCD_DATA_DIR=/var/lib/etcd ETCD_NAME="$node" MEMBERS="$node"
  HOST_NAME="$node" NEW_CLUSTER_TOKEN=second REVISION_BUMP=1000000000
  MANIFEST=/kind/manifests/web.yaml CERTIFICATE=/root/shop.crt CONTROLLER=stand-in
)
on_node() { # a script on standard input
  docker exec --interactive "${variables[@]/#/--env=}" "$node" bash -euo pipefail >/dev/null
}
answers() {
  for try in $(seq 600); do
    curl --silent --fail --output /dev/null --max-time 1 --header "Host: $1" "http://$address/" && return
    sleep 0.25
  done
  echo "$1 does not answer" >&2
  exit 1
}

docker network create --subnet "$net.0/24" "$name" >/dev/null
"$kind" create cluster --name "$name" --config "$folder/kind.json" --quiet
address=$(docker inspect --format "{{(index .NetworkSettings.Networks \"$name\").IPAddress}}" "$node")
docker network disconnect "$name" "$node"
docker network connect --ip "$address" "$name" "$node"
variables+=(
  HOST_IP="$address" ETCDCTL_ENDPOINTS="https://$address:2379" ETCD_PEER_URL="https://$address:2380"
  ETCD_INITIAL_CLUSTER="$node=https://$address:2380"
)
on_node <"$folder/apply-web"
on_node <<'EOF'
kubectl wait node --all --for condition=Ready --timeout 3m
kubectl --namespace kube-system rollout status deployment/coredns --timeout 3m
for number in $(seq 200); do
  echo "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"bench-$number\"}, \"data\": {\"k\": \"v\"}}"
done | kubectl create --filename -
EOF
answers shop.example.org
for block in "$folder"/backup/*.sh; do on_node <"$block"; done
on_node <<<'kubectl create configmap after-the-backup'
# The fault of the drill: etcd is killed, does not come back, and has no data.
on_node <<'EOF'
mkdir -p /etc/kubernetes/manifests-stopped
mv /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/manifests-stopped/
pkill -KILL -x etcd
for look in $(seq 300); do
  ctr --namespace k8s.io containers list --quiet 'labels."io.kubernetes.pod.name"~="^etcd-"' |
    grep --quiet --fixed-strings --line-regexp --file - <(ctr --namespace k8s.io tasks list --quiet) || break
  sleep 0.1
done
if [ "$look" -eq 300 ]; then echo 'etcd does not end' >&2; exit 1; fi
rm -rf /var/lib/etcd/member
EOF
for block in "$folder"/restore/*.sh; do on_node <"$block"; done
on_node <<'EOF'
since=$(date --utc +%Y-%m-%dT%H:%M:%S)
kubectl wait node --all --for condition=Ready --timeout 3m
kubectl --namespace kube-system rollout status deployment/coredns --timeout 3m
kubectl --namespace web rollout status deployment/shop --timeout 3m
# The old leaders' leases came back with the snapshot: until they have run out nobody controls or schedules anything.
for part in kube-controller-manager kube-scheduler; do
  until [[ $(kubectl --namespace kube-system get lease "$part" --output jsonpath={.spec.renewTime}) > $since ]]; do
    sleep 0.5
  done
done
EOF
answers shop.example.org
answers plain.example.org
