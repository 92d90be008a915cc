#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh -- arm64: everything built by the cross compiler, the unit tests run under qemu.
#
# Usage: run.sh WORK; the libraries of Debian arm64 are put into WORK once (root only) and used again.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p "$1"
work=$(cd "$1" && pwd)
packages="libc6-dev libgcc-12-dev libuv1-dev liblmdb-dev libmsgpack-dev libsodium-dev libzstd-dev libssl-dev libcsv-dev
 libjansson-dev libinih-dev libsystemd-dev libedit-dev libcmocka-dev"
if [ ! -e "$work/made" ]; then
    rm -rf "$work/root"
    # shellcheck disable=SC2086
    mmdebstrap --quiet --variant=extract --architectures=arm64 --include="$(echo $packages | tr ' ' ,)" bookworm "$work/root"
    touch "$work/made"
fi
export BF_SYSROOT="$work/root"
export PKG_CONFIG_SYSROOT_DIR="$BF_SYSROOT"
export PKG_CONFIG_LIBDIR="$BF_SYSROOT/usr/lib/aarch64-linux-gnu/pkgconfig:$BF_SYSROOT/usr/share/pkgconfig"
export PKG_CONFIG_PATH=
cmake -S . -B "$work/build" -G Ninja -DCMAKE_TOOLCHAIN_FILE=cmake/arm64.cmake -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$work/log"
ninja -C "$work/build" >>"$work/log" || { grep -A4 'error:\|FAILED' "$work/log"; exit 1; }
file -b "$work/build/daemon/bangfud" | cut -d, -f1,2
# Left out: schema_table, which runs a program of ours without qemu. Pages of 16 and 64 KiB: not by qemu -p, whose mapping of a file does
# not grow with it (LMDB alone crashes there), but by the shim of tests/faults/page_size.
exec ctest --test-dir "$work/build" -L unit -E schema_table -j "$(nproc)" --output-on-failure
