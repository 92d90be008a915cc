#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# purity_refuses.sh -- the guard is guarded: purity.sh passes a pure source and refuses each of these impure ones.
#
# Usage: purity_refuses.sh CC purity.sh
# Each plant is compiled on the spot as the only source of a small protocol/, so that nothing else can be what is refused.
set -u
cc=$1
purity=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/storage" "$work/protocol"
echo 'int stored(void);' >"$work/storage/store.h"
echo 'int pure(int n);' >"$work/protocol/near.h"
plants=0
wrong=0

# judge SOURCE: compile the text on stdin as protocol/SOURCE; what purity.sh says is in $said.
judge() {
    rm -f "$work"/protocol/*.c "$work"/*.a "$work"/*.o
    cat >"$work/protocol/$1"
    # $cc may be a command with arguments.
    # shellcheck disable=SC2086
    if ! { $cc -w -O1 -I"$work" -c "$work/protocol/$1" -o "$work/$1.o" && ar qc "$work/plant.a" "$work/$1.o"; }; then
        echo "purity_refuses: a plant does not compile: $1"
        exit 1
    fi
    said=$("$purity" "$work" "$work/plant.a")
}

pass() { # what it is, source
    plants=$((plants + 1))
    judge "$2" || { echo "purity_refuses: pure, and refused: $1"$'\n'"$said"; wrong=1; }
}

refuse() { # what it is, source, what must be said
    plants=$((plants + 1))
    if judge "$2"; then
        echo "purity_refuses: passes: $1"
        wrong=1
    elif ! grep -qF -- "$3" <<<"$said"; then
        echo "purity_refuses: $1 is refused, but for another reason:"$'\n'"$said"
        wrong=1
    fi
}

pass "a source that only computes" plant.c <<'C'
#include <string.h>
#include "near.h"
#include "protocol/near.h"
static const char *const words[] = { "a", "b" };
int pure(int n) { return (int)strlen(words[n & 1]); }
C
pass "libsodium's hash behind its wall" crypto.c <<'C'
int crypto_generichash(void *out, unsigned long n, const void *in, unsigned long long len, const void *k, unsigned long l);
int pure(int n) { return crypto_generichash(&n, 4, &n, 4, 0, 0); }
C

# Headers.
refuse "the store's header, by way of .." plant.c 'includes "../storage/store.h"' <<'C'
#include "../storage/store.h"
int pure(int n) { return n; }
C
refuse "the store's header, by way of protocol/.." plant.c 'includes "protocol/../storage/store.h"' <<'C'
#include "protocol/../storage/store.h"
int pure(int n) { return n; }
C
refuse "the store's header, by its name" plant.c 'includes "storage/store.h"' <<'C'
#include "storage/store.h"
int pure(int n) { return n; }
C
refuse "the store's header in angles" plant.c 'includes <storage/store.h>' <<'C'
#include <storage/store.h>
int pure(int n) { return n; }
C
refuse "a header whose name is a macro" plant.c 'cannot be judged' <<'C'
#define WHAT <time.h>
#include WHAT
int pure(int n) { return n; }
C
refuse "a header behind a digraph" plant.c 'cannot be judged' <<'C'
%:include <time.h>
int pure(int n) { return n; }
C
refuse "a header behind a comment" plant.c 'cannot be judged' <<'C'
# /* */ include <time.h>
int pure(int n) { return n; }
C
refuse "a clock's header" plant.c 'includes <time.h>' <<'C'
#include <time.h>
int pure(int n) { return n; }
C
refuse "libsodium beside its wall" plant.c 'includes <sodium.h>' <<'C'
#include <sodium.h>
int pure(int n) { return n; }
C

# Symbols. They are declared by hand: a header is not the only way to a function.
refuse "the clock" plant.c "wants 'clock_gettime'" <<'C'
int clock_gettime(int, void *);
int pure(int n) { long t[2]; return clock_gettime(n, t); }
C
refuse "a file" plant.c "wants 'fopen'" <<'C'
void *fopen(const char *, const char *);
int pure(int n) { return fopen("/etc/passwd", "r") != 0; }
C
refuse "a socket" plant.c "wants 'socket'" <<'C'
int socket(int, int, int);
int pure(int n) { return socket(1, 1, n); }
C
refuse "a thread" plant.c "wants 'pthread_create'" <<'C'
int pthread_create(void *, void *, void *(*)(void *), void *);
int pure(int n) { return pthread_create(&n, 0, 0, 0); }
C
refuse "the environment" plant.c "wants 'getenv'" <<'C'
char *getenv(const char *);
int pure(int n) { return getenv("HOME") != 0; }
C
refuse "a log line" plant.c "wants 'fprintf'" <<'C'
#include <stdio.h>
int pure(int n) { return fprintf(stderr, "%d %s\n", n, "sent"); }
C
refuse "chance: a key pair of libsodium's own making" crypto.c "wants 'crypto_sign_keypair'" <<'C'
int crypto_sign_keypair(unsigned char *, unsigned char *);
int pure(int n) { unsigned char a[32], b[64]; return crypto_sign_keypair(a, b); }
C
refuse "chance: a key for the hash" crypto.c "wants 'crypto_generichash_keygen'" <<'C'
void crypto_generichash_keygen(unsigned char *);
int pure(int n) { unsigned char a[32]; crypto_generichash_keygen(a); return a[n & 31]; }
C
refuse "chance: random bytes" crypto.c "wants 'randombytes_buf'" <<'C'
void randombytes_buf(void *, unsigned long);
int pure(int n) { randombytes_buf(&n, 4); return n; }
C
refuse "signing beside its wall" plant.c "plant.c wants 'crypto_sign_detached'" <<'C'
int crypto_sign_detached(void *, void *, const void *, unsigned long long, const void *);
int pure(int n) { return crypto_sign_detached(0, 0, 0, 0, 0); }
C
refuse "msgpack-c printing to a stream" mp.c "wants 'msgpack_object_print'" <<'C'
struct object { long a[3]; };
void msgpack_object_print(void *, struct object);
int pure(int n) { struct object o = { { n } }; msgpack_object_print(0, o); return 0; }
C
refuse "zstd's threads" pack.c "wants 'ZSTD_createThreadPool'" <<'C'
void *ZSTD_createThreadPool(unsigned long);
int pure(int n) { return ZSTD_createThreadPool(n) != 0; }
C
refuse "a sanitizer's function in a build without one" plant.c "wants '__sanitizer_print_stack_trace'" <<'C'
void __sanitizer_print_stack_trace(void);
int pure(int n) { __sanitizer_print_stack_trace(); return n; }
C

# What leaves no symbol.
refuse "a system call in assembler" plant.c 'asks the machine' <<'C'
int pure(int n) { __asm__ volatile("nop"); return n; }
C
refuse "the day it was built" plant.c 'asks the machine' <<'C'
const char *day(void) { return __DATE__; }
C

# Data.
refuse "a global that changes" plant.c 'data that can change' <<'C'
int seen = 1;
int pure(int n) { return seen += n; }
C
refuse "a static that begins at zero" plant.c 'data that can change' <<'C'
int pure(int n) { static int seen; return seen += n; }
C
refuse "a tentative definition" plant.c 'data that can change' <<'C'
__attribute__((common)) int seen;
int pure(int n) { return n; }
C
refuse "a thread's own global" plant.c 'data that can change' <<'C'
static _Thread_local int seen;
int pure(int n) { return seen += n; }
C
refuse "a global in a section of its own" plant.c 'sections that can change' <<'C'
__attribute__((section("mine"))) int seen = 1;
int pure(int n) { return seen += n; }
C
refuse "a table of pointers that is not const" plant.c 'data that can change' <<'C'
static const char *words[] = { "a", "b" };
const char **all(void) { return words; }
C
refuse "a function that runs by itself" plant.c 'sections that can change or run' <<'C'
__attribute__((constructor)) static void early(void) { __builtin_trap(); }
int pure(int n) { return n; }
C

[ "$wrong" -eq 0 ] && echo "purity_refuses: $plants plants judged rightly"
exit "$wrong"
