#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh -- the package in a bare Debian: it installs with what it depends on, its programs run as they do from the
# sources, an upgrade and a removal leave no trace but the data, which even a purge never touches. Root only.
#
# Usage: install.sh DIRECTORY_OF_THE_DEB
set -eu
deb=$(echo "$1"/bangfu_*.deb)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mmdebstrap --quiet --variant=minbase --include=procps,mount "$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)" "$root"
# What apt wants to reach the archive.
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp "$deb" "$root/bangfu.deb"
cat >"$root/inside.sh" <<'SH'
set -eu
mount -t proc proc /proc
no() { echo "install.sh: $*"; exit 1; }
files() { find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /run -o -path /var/lib/dpkg -o -path /var/cache \
    -o -path /var/log -o -path /var/lib/apt \) -prune -o -print | sort; }
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Its dependencies first, so that what is left behind afterwards is its own.
apt-get satisfy -y -qq --no-install-recommends "$(dpkg-deb --field /bangfu.deb Depends)" >/dev/null
files >/tmp/before
apt-get install -y -qq --no-install-recommends /bangfu.deb >/dev/null
getent group bangfu >/dev/null || no "the group bangfu is not there"
for path in /usr/share/man/man1/bangfu.1.gz /usr/share/man/man8/bangfud.8.gz /usr/share/man/zh_CN/man1/bangfu.1.gz \
    /usr/share/man/zh_CN/man8/bangfud.8.gz /usr/share/bangfu/divisions-15.csv; do
    dpkg -S "$path" >/dev/null || no "$path is not in it"
done
[ ! -e /etc/systemd/system/multi-user.target.wants/bangfud.service ] || no "it is enabled before anybody said what it is"

bangfud --dir /srv/hub --role hub --division 150000000000 --advertise 127.0.0.1 --listen-host 127.0.0.1 --listen-port 7461 2>/tmp/log &
pid=$!
for _ in $(seq 600); do bangfu --dir /srv/hub status >/tmp/said 2>&1 && break; sleep 0.1; done
bangfu --dir /srv/hub places /usr/share/bangfu/divisions-15.csv --edition 2023 || no "it does not run: $(cat /tmp/said /tmp/log)"
kill "$pid" && wait "$pid" || no "it does not stop"
bangfud --dir /srv/hub --check | grep -q 'findings 0' || no "its store is not whole"
rm -rf /srv/hub

# A systemd that only writes down what it is told, and says that the daemon runs though nobody enabled it.
mkdir -p /run/systemd/system /tmp/fake /var/lib/bangfu && echo kept >/var/lib/bangfu/data
printf '#!/bin/sh\necho "$*" >>/tmp/told\ncase "$*" in *is-enabled*) echo disabled; exit 1 ;; esac\n' >/tmp/fake/systemctl
chmod +x /tmp/fake/systemctl
told() { : >/tmp/told; PATH=/tmp/fake:$PATH "$@" >/dev/null; cat /tmp/told; }
told dpkg -i /bangfu.deb | grep -q 'restart .*bangfud.service' || # over itself: an upgrade
    no "an upgrade leaves the old program running: $(cat /tmp/told)"
! grep -q ' stop ' /tmp/told || no "an upgrade stops it before the new one is there: $(cat /tmp/told)"
told dpkg --purge bangfu | grep -q 'stop .*bangfud.service' || no "a removal leaves it running: $(cat /tmp/told)"
rm -r /run/systemd/system
[ "$(cat /var/lib/bangfu/data)" = kept ] || no "the data went with the package"
rm -r /var/lib/bangfu
files >/tmp/after
diff /tmp/before /tmp/after || no "it leaves something behind, or took something away"
! dpkg -l bangfu 2>/dev/null | grep -q ^ii || no "it is still there"
echo "installed, run, upgraded and removed on $(. /etc/os-release && echo "$PRETTY_NAME")"
SH
# shellcheck disable=SC2016
unshare --mount --pid --fork --mount-proc --propagation private -- sh -eu -c '
    mount --rbind /dev "$1/dev"
    exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root sh /inside.sh
' sh "$root"
