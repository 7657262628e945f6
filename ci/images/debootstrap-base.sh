#!/usr/bin/env bash
# Makes the base of our images where no registry has it for us: a minimal Debian from the package mirror,
# imported under the name of the published image, so that the same Dockerfiles build with and without one.
# Usage, as root: debootstrap-base.sh [NAME [FOLDER]]
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
name=${1:-debian:12-slim}
suite=bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
folder=$(mktemp --directory --tmpdir="${2:-${TMPDIR:-/tmp}}" debian-base.XXXXXX)

finish() {
  # Left mounted by a debootstrap that was killed; removing below it would reach into this machine.
  umount --lazy "$folder/proc" "$folder/sys" 2>/dev/null || true
  rm --recursive --force --one-file-system "$folder"
}
trap finish EXIT

echo "debootstrap $suite from $mirror" >&2
debootstrap --variant=minbase "$suite" "$folder" "$mirror" >&2
rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*
echo "docker import as $name" >&2
tar --directory "$folder" --create . | docker import --change 'CMD ["bash"]' - "$name" >&2
