#!/usr/bin/env bash
# Gives a host its own root and becomes its first process. Runs inside fresh mount, PID, UTS and
# network namespaces. $1 host name, $2 its folder (files/ survives, root/ is a mount point),
# $3 the folder that every host sees as /backup, $4 the folder of tools, $5 the folder of shims.
set -eu
name=$1 base=$2 backup=$3 tools=$4 shims=$5
root=$base/root
mkdir -p "$root"
mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir usr dev proc sys etc var data root home tmp mnt opt run backup old

mount --rbind /usr usr
mount -o remount,bind,ro usr
for folder in bin sbin lib lib32 lib64; do
  if [ -L "/$folder" ]; then
    # Not cp -a: to an ordinary user the owner of /bin is nobody, whom cp cannot keep.
    ln -s "$(readlink "/$folder")" "$folder"
  elif [ -d "/$folder" ]; then
    mkdir "$folder"
    mount --rbind "/$folder" "$folder"
    mount -o remount,bind,ro "$folder"
  fi
done

mount -t tmpfs -o mode=755 tmpfs usr/local/bin
for shim in "$shims"/*; do install -m 755 "$shim" usr/local/bin/; done
for tool in "$tools"/*; do
  touch "usr/local/bin/${tool##*/}"
  mount --bind "$(readlink -f "$tool")" "usr/local/bin/${tool##*/}"
done

mount --rbind /dev dev
mount -t proc proc proc
for folder in etc var data root home tmp mnt opt; do
  mkdir -p "$base/files/$folder"
  mount --bind "$base/files/$folder" "$folder"
done
mount --bind "$backup" backup
mount -t tmpfs -o mode=755 tmpfs run
hostname "$name"

pivot_root . old
umount -l old
rmdir old
cd /
ip link set lo up
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
exec bash /usr/local/bin/first-process
