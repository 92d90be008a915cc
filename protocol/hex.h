/* SPDX-License-Identifier: Apache-2.0 */
/* hex.h -- bytes as letters a person can copy: hex and base64url, by libsodium. */
#ifndef BF_HEX_H
#define BF_HEX_H

#include "bytes.h"

/* Letters of `bytes` bytes in base64url without padding, the NUL not counted. */
#define BASE64_TEXT(bytes) (((bytes)*4 + 2) / 3)

/* Lower-case hex of `b` into `out` (2*len+1 bytes). Returns `out`. */
char *hex_put(struct bytes b, char *out);
/* Parse exactly `len` bytes of hex, of either case, from the beginning of `s`. Returns 0 or BF_EFORMAT. */
int hex_take(const char *s, uint8_t *out, size_t len);

/* Base64url of `b` into `out` (BASE64_TEXT(len)+1 bytes), no padding. Returns `out`. */
char *base64_put(struct bytes b, char *out);
/* The whole of `text` as exactly `len` bytes. Strict: no padding, no spare bits, so one value has one text. Returns 0 or BF_EFORMAT. */
int base64_take(struct bytes text, uint8_t *out, size_t len);

#endif
