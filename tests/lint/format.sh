#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# format.sh -- every .c stands as clang-format 14 would put it, but for those in format.later, which may only become fewer. Headers
# are set by hand: their comments are columns.
set -eu
cd "$(dirname "$0")/../.."
later=tests/lint/format.later
fail=0
while read -r path; do
    listed=$(grep -cxF "$path" "$later" || true)
    if clang-format --dry-run -Werror "$path" 2>/dev/null; then clean=1; else clean=0; fi
    case $listed$clean in
    00) echo "format.sh: not as .clang-format says: clang-format -i $path"; fail=1 ;;
    11) echo "format.sh: $path is well now: take it out of $later"; fail=1 ;;
    esac
done < <(git ls-files --cached --others --exclude-standard '*.c')
while read -r path; do
    [ -e "$path" ] || { echo "format.sh: $later names $path, which is not there"; fail=1; }
done < <(grep -v '^#' "$later")
exit "$fail"
