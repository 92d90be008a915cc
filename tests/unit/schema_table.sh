#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# schema_table.sh -- KINDS.md says what the tables say. Usage: schema_table.sh PROGRAM KINDS.md
# With BF_GOLDEN_WRITE set the file is written instead.
set -eu
if [ -n "${BF_GOLDEN_WRITE:-}" ]; then
    "$1" >"$2"
fi
"$1" | diff -u "$2" -
