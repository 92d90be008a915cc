/* SPDX-License-Identifier: Apache-2.0 */
/* tls.c -- see tls.h; the only file that knows OpenSSL.
 *
 * What the library needs from us (and forgets to say): the error queue is per thread and must be
 * empty before each call; after SSL_ERROR_SSL or _SYSCALL no further call is allowed, not even a
 * shutdown, but the alert that is waiting in the write BIO still has to be sent; a server that does
 * not hear of ALPN is never asked about it. */
#include "daemon/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"
#include "protocol/message.h"

/* OpenSSL 1.1.1, which machines of 2020 have, lacks names that 3.0 brought. */
#ifndef X509_VERSION_3
#define X509_VERSION_3 2
#endif

enum {
	TLS_SLICE_BYTES = 8 * 1024, /* of TCP bytes per round: bounds the memory BIO */
	TLS_PUMP_MAX = 1024,        /* rounds per slice; the smallest record has 22 bytes */
};

struct tls {
	SSL_CTX *server, *client;
	struct tls_limits limits;
	char scratch[TLS_SCRATCH_BYTES];
};

struct tls_channel {
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
	struct tls_channel_start start;
	struct public_key peer;
	bool shaken, ended, failed, finished, enrol;
	enum tls_why why;
	char text[96];
};

/* An ALPN list is names with a length byte before each. */
static const unsigned char alpn_sync[] = "\x0d" ALPN_SYNC;
static const unsigned char alpn_enrol[] = "\x0e" ALPN_ENROL;
_Static_assert(sizeof ALPN_SYNC - 1 == 0x0d && sizeof ALPN_ENROL - 1 == 0x0e, "ALPN lengths");

static EVP_PKEY *make_key(const struct key_pair *key);
static X509 *make_certificate(EVP_PKEY *key);
static SSL_CTX *make_context(const SSL_METHOD *method, X509 *cert, EVP_PKEY *key);
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		   const unsigned char *in, unsigned in_len, void *arg);
static int on_certificate(X509_STORE_CTX *store, void *arg);
static int pump(struct tls_channel *c, struct buf *plain);
static int shake(struct tls_channel *c);
static int fail(struct tls_channel *c, int rc);

/* Whether what just failed inside OpenSSL failed for want of memory: any error it left says so,
 * since the layers above add their own. */
static bool starved(void)
{
	bool memory = false;
	unsigned long err;

	while ((err = ERR_get_error()) != 0)
		memory = memory || ERR_GET_REASON(err) == ERR_R_MALLOC_FAILURE;
	return memory;
}

/* Memory, when OpenSSL says so; it does not always, and a system's policy may forbid our
 * algorithms. */
static int open_failed(struct tls *t, int rc, struct fault *f)
{
	rc = rc == BF_ENOMEM || starved() ? fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL)
					  : fault_say(f, FAULT_TLS_SELF, NULL, NULL, NULL);

	tls_close(t);
	ERR_clear_error();
	return rc;
}

/* A library context that could not be made in full is walked into all the same; 1.1.1 has none. */
static bool has_context(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	return OSSL_LIB_CTX_get0_global_default() != NULL;
#else
	return true;
#endif
}

int tls_open(struct tls **out, const struct key_pair *key, struct fault *f)
{
	struct tls *t = calloc(1, sizeof *t);
	bool loaded = has_context() && OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL) == 1;
	EVP_PKEY *pkey = t != NULL && loaded ? make_key(key) : NULL;
	X509 *cert = pkey != NULL ? make_certificate(pkey) : NULL;

	if (cert != NULL) {
		t->server = make_context(TLS_server_method(), cert, pkey);
		t->client = make_context(TLS_client_method(), cert, pkey);
	}
	X509_free(cert);
	EVP_PKEY_free(pkey);
	if (t == NULL || t->server == NULL || t->client == NULL)
		return open_failed(t, t == NULL ? BF_ENOMEM : 0, f);
	SSL_CTX_set_alpn_select_cb(t->server, on_alpn, NULL);
	t->limits = (struct tls_limits){ LINK_HANDSHAKE_MS, LINK_FRAME_MS, LINK_IDLE_MS,
					 LINK_SESSION_MS, LINK_LINGER_MS };
	int rc = tls_rehearse(t);

	if (rc != 0)
		return open_failed(t, rc, f);
	*out = t;
	return 0;
}

void tls_close(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_CTX_free(t->server);
	SSL_CTX_free(t->client);
	free(t);
}

struct tls_limits *tls_limits(struct tls *t)
{
	return &t->limits;
}

char *tls_scratch(struct tls *t)
{
	return t->scratch;
}

static EVP_PKEY *make_key(const struct key_pair *key)
{
	/* libsodium's secret key begins with the seed, which is what OpenSSL calls the raw private
	 * key. */
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key->secret, SEED_BYTES);
}

/* A certificate only because TLS wants one. Its dates span all clocks; nobody reads them. */
static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = x != NULL ? X509_get_subject_name(x) : NULL;
	bool good = name != NULL && X509_set_version(x, X509_VERSION_3) == 1 &&
		    ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
		    ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "19700101000000Z") == 1 &&
		    ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "99991231235959Z") == 1 &&
		    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					       (const unsigned char *)"bangfu", -1, -1, 0) == 1 &&
		    X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
		    X509_sign(x, key, NULL) > 0;
	if (!good) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static SSL_CTX *make_context(const SSL_METHOD *method, X509 *cert, EVP_PKEY *key)
{
	/* OpenSSL's macros cast const away; they only read. */
	char groups[] = "X25519", algorithms[] = "ed25519";
	SSL_CTX *ctx = SSL_CTX_new(method);
	bool good = ctx != NULL && SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
		    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
		    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
						  "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
		    SSL_CTX_set1_groups_list(ctx, groups) == 1 &&
		    SSL_CTX_set1_sigalgs_list(ctx, algorithms) == 1 &&
		    SSL_CTX_use_certificate(ctx, cert) == 1 &&
		    SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_set_num_tickets(ctx, 0) == 1;
	if (!good) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					   SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_certificate, NULL);
	return ctx;
}

static bool alpn_is(const unsigned char *name, unsigned len, const unsigned char *listed)
{
	return len == listed[0] && memcmp(name, listed + 1, len) == 0;
}

/* The first of the peer's names that is ours. Called before the certificate is seen. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		   const unsigned char *in, unsigned in_len, void *arg)
{
	(void)ssl;
	(void)arg;
	for (unsigned at = 0; at + 1 <= in_len; at += 1 + in[at]) {
		if (at + 1 + in[at] > in_len)
			break;
		if (!alpn_is(in + at + 1, in[at], alpn_sync) &&
		    !alpn_is(in + at + 1, in[at], alpn_enrol))
			continue;
		*out = in + at + 1;
		*out_len = in[at];
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The bytes as they stand in the certificate: nothing is made of them, so nothing can be lacking.
 */
static bool certificate_key(X509 *cert, struct public_key *out)
{
	X509_PUBKEY *key = cert != NULL ? X509_get_X509_PUBKEY(cert) : NULL;
	const unsigned char *raw = NULL;
	ASN1_OBJECT *sort = NULL;
	int len = 0;

	if (key == NULL || X509_PUBKEY_get0_param(&sort, &raw, &len, NULL, key) != 1 ||
	    OBJ_obj2nid(sort) != NID_ED25519 || len != (int)sizeof out->b)
		return false;
	memcpy(out->b, raw, sizeof out->b);
	return true;
}

/* Replaces OpenSSL's whole verification: the key is the identity; that the peer owns it is proved
 * by CertificateVerify. Without ALPN on_alpn is never called, so its absence is found here. Returns
 * 1 to go on. */
static int on_certificate(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_channel *c = SSL_get_app_data(ssl);
	const unsigned char *name = NULL;
	unsigned len = 0;

	(void)arg;
	SSL_get0_alpn_selected(ssl, &name, &len);
	bool enrol = alpn_is(name, len, alpn_enrol);
	bool good = enrol || alpn_is(name, len, alpn_sync);
	if (good && c->start.server)
		c->enrol = enrol;
	good = good && c->enrol == enrol &&
	       certificate_key(X509_STORE_CTX_get0_cert(store), &c->peer) &&
	       c->start.on_peer(c->start.ctx, &c->peer, enrol);
	if (!good) {
		c->why = TLS_WHY_KEY;
		X509_STORE_CTX_set_error(
		    store, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT); /* -> unknown_ca */
	}
	return good ? 1 : 0;
}

struct tls_channel *tls_channel_open(struct tls *t, const struct tls_channel_start *start)
{
	struct tls_channel *c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	c->start = *start;
	c->enrol = start->enrol;
	c->ssl = SSL_new(start->server ? t->server : t->client);
	c->in = BIO_new(BIO_s_mem());
	c->out = BIO_new(BIO_s_mem());
	if (c->ssl == NULL || c->in == NULL || c->out == NULL) {
		BIO_free(c->in);
		BIO_free(c->out);
		SSL_free(c->ssl);
		free(c);
		return NULL;
	}
	SSL_set_bio(c->ssl, c->in, c->out);
	const unsigned char *alpn = start->enrol ? alpn_enrol : alpn_sync;
	bool good = SSL_set_app_data(c->ssl, c) == 1;

	if (start->server)
		SSL_set_accept_state(c->ssl);
	else
		SSL_set_connect_state(c->ssl);
	if (good && !start->server) /* 0 is success here alone */
		good = SSL_set_alpn_protos(c->ssl, alpn, 1U + alpn[0]) == 0;
	if (!good) {
		tls_channel_close(c);
		return NULL;
	}
	return c;
}

void tls_channel_close(struct tls_channel *c)
{
	if (c == NULL)
		return;
	SSL_free(c->ssl);
	ERR_clear_error();
	free(c);
}

int tls_channel_take(struct tls_channel *c, struct bytes in, struct buf *plain)
{
	int rc = 0;
	do {
		size_t n = in.len < TLS_SLICE_BYTES ? in.len : TLS_SLICE_BYTES;
		if (c->failed)
			return BF_EFORMAT;
		if (c->ended)
			return BF_ECLOSED;
		if (n > 0 && BIO_write(c->in, in.p, (int)n) != (int)n)
			return fail(c, BF_ENOMEM);
		rc = pump(c, plain);
		in = bytes_of(in.p + n, in.len - n);
	} while (rc == 0 && in.len > 0);
	return rc;
}

/* Handshake and read until OpenSSL wants more bytes. Bounded: a peer must not keep us here. */
static int pump(struct tls_channel *c, struct buf *plain)
{
	uint8_t record[TLS_PLAIN_MAX];

	for (unsigned round = 0; round < TLS_PUMP_MAX; round++) {
		if (!c->shaken) {
			int rc = shake(c);
			if (rc != 0)
				return rc == BF_EMORE ? 0 : rc;
			continue;
		}
		ERR_clear_error();
		int n = SSL_read(c->ssl, record, sizeof record);
		if (n > 0) {
			buf_put(plain, record, (size_t)n);
			if (plain->err != 0)
				return fail(c, plain->err);
			continue;
		}
		int err = SSL_get_error(c->ssl, n);
		if (err == SSL_ERROR_WANT_READ)
			return 0;
		if (err != SSL_ERROR_ZERO_RETURN)
			return fail(c, BF_EFORMAT);
		c->ended = true;
		return BF_ECLOSED;
	}
	return fail(c, BF_EBOUND);
}

/* 0 when the handshake is done; BF_EMORE. */
static int shake(struct tls_channel *c)
{
	ERR_clear_error();
	int n = SSL_do_handshake(c->ssl);
	if (n == 1) {
		c->shaken = true;
		return 0;
	}
	if (SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ)
		return BF_EMORE;
	return fail(c, BF_EFORMAT);
}

static bool is_refusal(int reason)
{
	return reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA ||
	       reason == SSL_R_TLSV1_ALERT_ACCESS_DENIED ||
	       reason == SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED;
}

static int fail(struct tls_channel *c, int rc)
{
	unsigned long err = ERR_peek_error();
	const char *text = ERR_reason_error_string(err);

	c->failed = true;
	bytes_cstr(bytes_str(text != NULL ? text : bf_error_name(rc)), c->text, sizeof c->text);
	if (c->why == TLS_WHY_NONE && (rc == BF_ENOMEM || starved()))
		c->why = TLS_WHY_MEMORY;
	else if (c->why == TLS_WHY_NONE)
		c->why = is_refusal(ERR_GET_REASON(err)) ? TLS_WHY_REFUSED : TLS_WHY_OTHER;
	ERR_clear_error();
	return rc;
}

int tls_channel_put(struct tls_channel *c, struct bytes plain)
{
	while (plain.len > 0) {
		size_t done = 0;
		if (!tls_channel_ready(c) || c->finished)
			return BF_ECLOSED;
		ERR_clear_error();
		if (SSL_write_ex(c->ssl, plain.p, plain.len, &done) != 1)
			return fail(c,
				    BF_EFORMAT); /* a memory BIO takes all: nothing to wait for */
		plain = bytes_of(plain.p + done, plain.len - done);
	}
	return 0;
}

void tls_channel_finish(struct tls_channel *c)
{
	if (!tls_channel_ready(c) || c->finished)
		return;
	c->finished = true;
	ERR_clear_error();
	(void)SSL_shutdown(c->ssl);
	ERR_clear_error();
}

struct bytes tls_channel_out(struct tls_channel *c)
{
	char *p = NULL;
	long len = BIO_get_mem_data(c->out, &p);
	return bytes_of(p, len > 0 ? (size_t)len : 0);
}

void tls_channel_sent(struct tls_channel *c)
{
	(void)BIO_reset(c->out);
}

bool tls_channel_ready(const struct tls_channel *c)
{
	return c->shaken && !c->failed;
}

bool tls_channel_enrol(const struct tls_channel *c)
{
	return c->enrol;
}

const struct public_key *tls_channel_peer(const struct tls_channel *c)
{
	return &c->peer;
}

enum tls_why tls_channel_why(const struct tls_channel *c, const char **text)
{
	*text = c->text;
	return c->why;
}
