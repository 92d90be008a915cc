#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shell.sh -- shellcheck has nothing to say of any shell script of the tree, found by its first line.
set -eu
cd "$(dirname "$0")/../.."
mapfile -t scripts < <(git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' path; do
    if [ -f "$path" ] && head -c 40 "$path" | head -n 1 | grep -qaE '^#! ?/(usr/)?bin/(env )?(ba|da)?sh'; then echo "$path"; fi
done)
[ "${#scripts[@]}" -gt 10 ] || { echo "shell.sh: found only ${#scripts[@]} scripts"; exit 1; }
shellcheck "${scripts[@]}"
echo "${#scripts[@]} scripts"
