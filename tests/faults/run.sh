#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole campaign: every allocation, write and sync of the program, every 13th allocation of all libraries, every page of a store.
# Some 40 minutes on two cores; ends with the totals of each and with how many campaigns went wrong.
set -u
cd "$(dirname "$0")/../.." || exit
export BF_BUILD="$PWD/$1"
wrong=0
sweep() {
    /usr/bin/python3 tests/faults/sweep.py "$@" || wrong=$((wrong + 1))
}
for part in station hub; do
    sweep --part $part --what own
    sweep --part $part --what write
    sweep --part $part --what write --errno 28
    sweep --part $part --what sync
    sweep --part $part --what any --every 13
done
"$BF_BUILD/tests/faults/pages" --full || wrong=$((wrong + 1))
echo "campaigns that went wrong: $wrong"
[ $wrong = 0 ]
