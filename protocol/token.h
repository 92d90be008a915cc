/* SPDX-License-Identifier: Apache-2.0 */
/* token.h -- the one-time enrolment token as text: bangfu://HOST:PORT/BASE64URL(hub key 32 || secret 16 || check 4).
 *
 * `check` is the first 4 bytes of BLAKE2b-256("bangfu token 1" || host:port || key || secret), so that a mistyped token is
 * told from a refused one. The hub stores only the hash of the secret. */
#ifndef BF_TOKEN_H
#define BF_TOKEN_H

#include "crypto.h"
#include "fault.h"
#include "message.h"

#define TOKEN_SCHEME "bangfu://"

enum { TOKEN_TEXT_MAX = 256, TOKEN_HOST_MAX = 128 };

struct token {
	char host[TOKEN_HOST_MAX]; /* name or address, IPv6 without brackets */
	uint16_t port;
	struct public_key hub;
	uint8_t secret[TOKEN_SECRET_BYTES];
};
/* HOST or HOST:PORT as a token has it, [ADDRESS] for IPv6; without a port *port stays. BF_EFORMAT. */
int token_address(struct bytes text, char host[TOKEN_HOST_MAX], uint16_t *port);
int token_take(struct bytes text, struct token *out, struct fault *f);
char *token_put(const struct token *t, char out[TOKEN_TEXT_MAX]);
struct hash token_hash(const uint8_t secret[TOKEN_SECRET_BYTES]);

#endif
