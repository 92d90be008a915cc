#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh -- an older system: Debian 11 (glibc 2.31, OpenSSL 1.1.1, systemd 247, libuv 1.40), the nearest that can be installed by
# name to Kylin V10 and UOS 20. Everything is built in it by its own gcc and cmake, and the tests of these labels are run.
#
# Usage: run.sh WORK [LABELS]; the system is made in WORK once (root only) and used again.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p "$1"
work=$(cd "$1" && pwd)
labels=${2:-unit|sim|daemon|cli|fuzz}
packages="gcc libc6-dev binutils make cmake ninja-build pkg-config libuv1-dev liblmdb-dev libmsgpack-dev libsodium-dev
 libzstd-dev libssl-dev libcsv-dev libjansson-dev libedit-dev libinih-dev libsystemd-dev libcmocka-dev python3 unicode-data
 python3-msgpack python3-nacl openssl procps strace expect iproute2 mount"
if [ ! -e "$work/made" ]; then
    rm -rf "$work/root"
    # shellcheck disable=SC2086
    mmdebstrap --quiet --variant=apt --include="$(echo $packages | tr ' ' ,)" bullseye "$work/root"
    touch "$work/made"
fi
rm -rf "$work/root/src"
mkdir "$work/root/src"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' path; do
    [ ! -e "$path" ] || printf '%s\0' "$path"
done | xargs -0 cp --parents -t "$work/root/src"
cat >"$work/root/inside.sh" <<'SH'
set -eu
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=1777 tmpfs /tmp
ip link set lo up
printf '127.0.0.1 localhost\n::1 localhost\n' >/etc/hosts
cmake -S /src -B /build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >/build.log
ninja -C /build >>/build.log || { grep -A4 'error:\|FAILED' /build.log; exit 1; }
cd /build
# Left out: what wants a newer Python (3.10, python3-zstandard, LibreOffice) to test with, and a test of which word is
# chosen when OpenSSL lacks memory: 1.1.1 does not always say so, and FAULT_TLS_SELF speaks of both.
exec ctest --output-on-failure -j "$(nproc)" -L "$1" -LE 'e2e|release' -E "^($(echo '
    golden_session_py e2e_terms e2e_bodies daemon_methods_figures daemon_methods_import e2e_doors e2e_supervisor
    cli_verbs cli_office daemon_link_memory' | xargs | tr ' ' '|'))\$"
SH
# shellcheck disable=SC2016
exec unshare --mount --pid --fork --net --uts --ipc --mount-proc --propagation private -- sh -eu -c '
    mount --rbind /dev "$1/dev"
    exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root sh /inside.sh "$2"
' sh "$work/root" "$labels"
