#!/usr/bin/env bash
# Installs what drills on the process target need beyond Node and Go, on Debian and its kin.
# Only what is missing is installed, so a second call takes no time and needs neither root nor network.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # Where ip is, also for people who are not root.

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

missing=()
for entry in "${needed[@]}"; do
  command=${entry%%:*} package=${entry##*:}
  command -v "$command" >/dev/null && continue
  echo "setup: no $command here, the package $package has it"
  [[ " ${missing[*]} " == *" $package "* ]] || missing+=("$package")
done

if ((${#missing[@]} == 0)); then
  echo "setup: everything is there: ${needed[*]%%:*}"
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "setup: this is no Debian; install the packages that have these commands yourself" >&2
  exit 3
fi
install=(apt-get install --yes --no-install-recommends "${missing[@]}")
if ((EUID != 0)); then
  echo "setup: only root may install packages; run: sudo ${install[*]}" >&2
  exit 3
fi

export DEBIAN_FRONTEND=noninteractive
echo "setup: apt-get update"
apt-get update --quiet=2
echo "setup: ${install[*]}"
"${install[@]}" --quiet=2
