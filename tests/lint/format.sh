#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# format.sh -- every .c stands as clang-format 14 would put it. Headers are set by hand: their comments are columns.
set -eu
cd "$(dirname "$0")/../.."
git ls-files -z --cached --others --exclude-standard '*.c' | xargs -0 clang-format --dry-run -Werror
