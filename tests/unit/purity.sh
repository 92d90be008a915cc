#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# purity.sh -- protocol/ touches no socket, file, clock, thread, chance or changing global.
#
# Usage: purity.sh SOURCE_DIR libbf_model.a libbf_wire.a
# Looks at the text (which headers are included) and at the machine code (which symbols each source wants, which data
# it could write). Headers are named here, symbols in purity.allowed, one by one: something new must be argued for there.
# purity_refuses.sh plants what must not pass.
set -u
src=$1
shift
here=$(dirname "$0")
fail=0
complain() { echo "purity: $*"; fail=1; }

# 1. Headers: C's own that neither wait nor look outside, our own of this folder, and one wall per library.
plain='assert|errno|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio|stdlib|string'
while IFS=: read -r file line text; do
    base=$(basename "$file")
    # Only the plain spelling can be judged: no macro, no digraph, no comment between.
    if [[ ! $text =~ ^[[:space:]]*#[[:space:]]*include[[:space:]]+([\"\<])([^\"\>]+)[\"\>] ]]; then
        complain "$base:$line includes in a way that cannot be judged: $text"
        continue
    fi
    quote=${BASH_REMATCH[1]}
    name=${BASH_REMATCH[2]}
    if [ "$quote" = '"' ]; then
        [[ $name =~ ^(protocol/)?[a-z0-9_]+\.h$ && -e "$src/protocol/${name#protocol/}" ]] ||
            complain "$base:$line includes \"$name\", which is not in protocol/"
        continue
    fi
    case "$base:$name" in
    mp.c:msgpack.h | crypto.c:sodium.h | hex.c:sodium.h | pack.c:zstd.h | pack.c:zstd_errors.h) continue ;;
    esac
    [[ $name =~ ^($plain)\.h$ ]] || complain "$base:$line includes <$name>"
done < <(grep -nE '(#|%:|\?\?=).*(include|import|embed)|\\[[:space:]]*$' "$src"/protocol/*.[ch] |
    grep -E '(#|%:|\?\?=)[[:space:]]*(/\*.*\*/)?[[:space:]]*(include|import|embed|\\)')

# 2. Ways to ask the machine itself, which leave no symbol; and the clock of the compiler.
while IFS=: read -r file line text; do
    complain "$(basename "$file"):$line asks the machine or the build: $text"
done < <(grep -nE '\b(__)?asm(__)?\b|__builtin_(ia32|readcyclecounter|arm|aarch64)|__(TIME|DATE|TIMESTAMP)__' \
    "$src"/protocol/*.[ch])

# 3. What the code wants from outside, source by source.
own=$(nm --defined-only "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u)
wanted=$(nm -A --undefined-only "$@" 2>/dev/null | sed -nE 's/^.*:([A-Za-z0-9_]+\.c)\.o: .* ([^ ]+)$/\1 \2/p' | sort -u)
if [ -z "$own" ] || [ -z "$wanted" ]; then complain "nm saw no symbols in $*"; fi
# A build with a sanitizer or a profile wants what the compiler put in; any other build wants none of that.
tools='^$'
if grep -qE ' __(asan|tsan|gcov)_init$| __llvm_profile_runtime$' <<<"$wanted"; then
    tools='^__(asan|ubsan|tsan|gcov|llvm_profile|sanitizer_cov)_[a-z0-9_]+$'
fi
while read -r source symbol; do
    complain "$source wants '$symbol' from outside"
done < <(awk -v tools="$tools" '
    part == "own" { own[$1] }
    part == "allowed" && !/^#/ { for (i = 2; i <= NF; i++) allowed[$1, $i] }
    part == "wanted" && !($2 in own) && !(("*", $2) in allowed) && !(($1, $2) in allowed) && $2 !~ tools
    ' part=own <(printf '%s\n' "$own") part=allowed "$here/purity.allowed" part=wanted <(printf '%s\n' "$wanted"))

# 4. Data that could change: nothing but tables of constants, which the linker may relocate (.data.rel.ro).
# Sanitizers keep theirs in sections of their own (asan_globals, .LASAN...), named with two underscores or dots.
writable=$(objdump -t "$@" 2>/dev/null |
    awk '$0 ~ /[ \t]\.(data|bss|tdata|tbss|lbss|ldata)(\.[^ ]*)?[ \t]/ && $0 !~ / d  / { print $(NF - 2), $NF }
         / \*COM\*/ { print "*COM*", $NF }' |
    grep -vE '^\.data\.rel\.ro(\.local)?(\.| )|^[^ ]+ (__(unnamed|asan|odr_asan|ubsan|tsan|sancov|gcov|llvm)|\.L)' |
    grep -vE ' \.?(Lubsan|LASAN|Ubsan)')
[ -z "$writable" ] || complain "data that can change:"$'\n'"$writable"
# A section by another name is no hiding place, and nothing runs before main but what a sanitizer put there.
expected='^\.(data|bss|tdata|tbss)(\.|$)'
[ "$tools" = '^$' ] || expected+='|^\.(init|fini)_array(\.|$)|^asan_globals$|^__(sancov|llvm_prf)'
sections=$(objdump -h "$@" 2>/dev/null |
    awk '/^ +[0-9]+ / { name = $2; size = $3; getline; if (/ALLOC/ && !/READONLY/ && size !~ /^0+$/) print name }' |
    sort -u | grep -vE "$expected")
[ -z "$sections" ] || complain "sections that can change or run on their own:"$'\n'"$sections"

[ "$fail" -eq 0 ] && echo "purity: $(printf '%s\n' "$own" | wc -l) symbols, none impure"
exit "$fail"
