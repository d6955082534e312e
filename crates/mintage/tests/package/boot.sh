#!/bin/sh
# Installs the package into a copy of this machine's system that is thrown away, and boots systemd in it, with nothing but
# the unit. Everything happens in namespaces of its own: run by `unshare` as their first process.
#
#   boot.sh PACKAGE FOLDER    FOLDER gets what check.sh leaves, and `began` between its two parts
set -eu
package=$1 out=$2 here=$(dirname "$0")
root=$out/system/root

mount --make-rprivate /
mkdir "$out/system"
mount -t tmpfs -o mode=755 tmpfs "$out/system"
mkdir "$out/system/upper" "$out/system/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$out/system/upper,workdir=$out/system/work" overlay "$root"
mount -t proc proc "$root/proc"
# What isn't of a namespace can be looked at only.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
    mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
    mkdir "$root/sys/fs/cgroup/unified" "$root/sys/fs/cgroup/systemd"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
fi
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/run/out" "$root/run/units"
mount --bind "$out" "$root/run/out"
cp "$package" "$root/run/mintage.deb"
cp "$here/check.sh" "$root/run/check.sh"

cd "$root"
mkdir -p old
pivot_root . old
umount -l /old
# As systemd expects to find it.
mount --make-rshared /
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
ip link set lo up

sh /run/check.sh prepare >/run/out/prepared 2>&1
touch /run/out/began
exec env -i container=test PATH="$PATH" SYSTEMD_UNIT_PATH=/run/units \
    /lib/systemd/systemd --system --unit=test.target --show-status=0
