#!/usr/bin/env bash
# Installs what drills need beyond Node and Go, on Debian and its kin: for the process target, and for
# container and kind where `docker` is asked for or KUBEDRILL_REQUIRE names them. Only what is missing is
# installed and started, so a second call takes no time and needs neither root nor network.
# Usage: ci/setup.sh [docker]
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # Where ip is, also for people who are not root.
here=$(dirname "$0")
base_image=debian:12-slim

# command:package
needed=(
  bash:bash
  ip:iproute2
  mount:mount
  nsenter:util-linux
  openssl:openssl
  ps:procps
  setpriv:util-linux
  tar:tar
  unshare:util-linux
)
docker=false
case "${1:-},${KUBEDRILL_REQUIRE:-}," in
  docker,* | *,container,* | *,kind,*) docker=true ;;
esac
case ",${KUBEDRILL_REQUIRE:-}," in
  *,browser,*) needed+=(chromium:chromium) ;; # Looks at the HTML report in the tests.
esac
if $docker; then
  needed+=(docker:docker.io debootstrap:debootstrap)
  # Where a daemon answers it is not ours to provide.
  timeout 10 docker info >/dev/null 2>&1 || needed+=(dockerd:docker.io iptables:iptables)
fi

missing=()
for entry in "${needed[@]}"; do
  command=${entry%%:*} package=${entry##*:}
  command -v "$command" >/dev/null && continue
  echo "setup: no $command here, the package $package has it"
  [[ " ${missing[*]} " == *" $package "* ]] || missing+=("$package")
done

install_packages() {
  if ! command -v apt-get >/dev/null; then
    echo "setup: this is no Debian; install the packages that have these commands yourself" >&2
    exit 3
  fi
  local install=(apt-get install --yes --no-install-recommends "$@")
  if ((EUID != 0)); then
    echo "setup: only root may install packages; run: sudo ${install[*]}" >&2
    exit 3
  fi
  export DEBIAN_FRONTEND=noninteractive
  echo "setup: apt-get update"
  apt-get update --quiet=2
  echo "setup: ${install[*]}"
  "${install[@]}" --quiet=2
}

if ((${#missing[@]} == 0)); then
  echo "setup: everything is there: ${needed[*]%%:*}"
else
  install_packages "${missing[@]}"
fi

# Each control plane of kind takes some thirty inotify instances, of which a user often has 128 for everything.
allow_watches() {
  local limit=/proc/sys/fs/inotify/max_user_instances wanted=512
  (($(<"$limit") >= wanted)) && return
  if echo "$wanted" 2>/dev/null >"$limit"; then
    echo "setup: fs.inotify.max_user_instances is $wanted now"
  else
    echo "setup: several control planes of kind need: sudo sysctl fs.inotify.max_user_instances=$wanted" >&2
  fi
}

if $docker; then
  allow_watches
  "$here/docker/start-dockerd.sh"
  if docker image inspect "$base_image" >/dev/null 2>&1; then
    echo "setup: the base image $base_image is there"
  elif ! timeout 180 docker pull --quiet "$base_image"; then
    echo "setup: no registry has $base_image for us; making it"
    "$here/images/debootstrap-base.sh" "$base_image"
  fi
fi
