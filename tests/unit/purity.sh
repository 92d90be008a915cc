#!/usr/bin/env bash
# purity.sh -- protocol/ touches no socket, file, clock, thread, chance or changing global.
#
# Usage: purity.sh SOURCE_DIR libbf_model.a libbf_wire.a
# Looks at the text (which headers are included) and at the machine code (which symbols it wants, which data it could
# write). Both lists say what is allowed: something new must be argued for here.
set -u
src=$1
shift
fail=0
complain() { echo "purity: $*"; fail=1; }

# 1. Headers: C's own that neither wait nor look outside, our own of this folder, and one wall per library.
plain='assert|errno|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio|stdlib|string'
while IFS=: read -r file line header; do
    base=$(basename "$file")
    case "$header" in
    '"'*'"')
        name=${header//\"/}
        [ -e "$src/protocol/${name#protocol/}" ] || complain "$base:$line includes $header, which is not in protocol/"
        continue ;;
    esac
    name=${header#<}
    name=${name%>}
    case "$base:$name" in
    mp.c:msgpack.h | crypto.c:sodium.h | pack.c:zstd.h | pack.c:zstd_errors.h) continue ;;
    esac
    [[ ${name%.h} =~ ^($plain)$ ]] || complain "$base:$line includes <$name>"
done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$src"/protocol/*.[ch] |
    sed -E 's/^([^:]+):([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]*([<"][^>"]*[>"]).*/\1:\2:\3/')

# 2. What the code wants from outside. fprintf, stderr and abort are BF_REQUIRE; the rest computes on memory it was given.
allowed='abort|fprintf|stderr|fwrite|fputc|fputs'
allowed+='|malloc|calloc|realloc|free|mem(cpy|move|set|cmp|chr|rchr)|str(len|nlen|cmp|ncmp|chr|rchr|str|spn|cspn)'
allowed+='|snprintf|vsnprintf|__(sn|vsn|f)printf_chk|__mem(cpy|move|set)_chk|__stack_chk_fail|__assert_fail'
allowed+='|bcmp|__memcmpeq|bsearch|qsort'
# msgpack's inline code turns bytes round with these where the compiler does not optimise.
allowed+='|[nh]to[nh][sl]'
allowed+='|msgpack_[a-z0-9_]+|crypto_(generichash|sign)[a-z0-9_]*|sodium_(memzero|memcmp|init)'
allowed+='|ZSTD_[A-Za-z0-9_]+'
# The compiler's own: sanitizers, coverage, position independence.
allowed+='|__(asan|ubsan|tsan|sanitizer|lsan|hwasan|gcov|llvm)_[a-z0-9_]+|_GLOBAL_OFFSET_TABLE_'
own=$(nm --defined-only "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u)
wanted=$(nm --undefined-only "$@" 2>/dev/null | awk '$1 == "U" || $1 == "w" { print $2 }' | sort -u)
[ -n "$own" ] && [ -n "$wanted" ] || complain "nm saw no symbols in $*"
while read -r symbol; do
    [[ $symbol =~ ^($allowed)$ ]] || complain "the code wants '$symbol' from outside"
done < <(comm -13 <(printf '%s\n' "$own") <(printf '%s\n' "$wanted"))

# 3. Data that could change: nothing but tables of constants, which the linker may relocate (.data.rel.ro).
# Sanitizers keep theirs in sections of their own (asan_globals, .LASAN...), named with two underscores or dots.
writable=$(objdump -t "$@" 2>/dev/null |
    awk '$0 ~ / O / && $0 ~ / \.(data|bss|tdata|tbss|lbss|ldata)(\.[^ ]*)?[ \t]/ { print $(NF - 2), $NF }
         / \*COM\*/ { print "*COM*", $NF }' |
    grep -vE '^\.data\.rel\.ro(\.local)?(\.| )|^[^ ]+ (__(unnamed|asan|odr_asan|ubsan|tsan|sancov|gcov|llvm)|\.L)' |
    grep -vE ' \.?(Lubsan|LASAN|Ubsan)')
[ -z "$writable" ] || complain "data that can change:"$'\n'"$writable"

[ "$fail" -eq 0 ] && echo "purity: $(printf '%s\n' "$own" | wc -l) symbols, none impure"
exit "$fail"
