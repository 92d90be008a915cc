/* SPDX-License-Identifier: Apache-2.0 */
/* link_dial.c -- the way of a link to its hub: look the name up, then try one address after
 * another.
 *
 *   RESOLVING -> CONNECTING (each address) -> link_shake */
#include "daemon/link_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pool.h"
#include "protocol/errors.h"

/* Memory of its own: a resolver may hang for minutes and cannot be stopped, a link must end when it
 * is told to. */
struct lookup {
	uv_getaddrinfo_t req;
	struct link *link; /* NULL: it did not wait */
};

static bool numeric_address(const char *host, uint16_t port, struct sockaddr_storage *out);
static void look_up(struct link *l, const char *host, uint16_t port);
static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list);
static void connect_next(struct link *l);
static void on_connected(uv_connect_t *req, int status);
static void on_reopen(uv_handle_t *handle);

int link_connect(struct link **out, uv_loop_t *loop, const char *host, uint16_t port,
		 struct tls *tls, const struct public_key *expect, bool enrol,
		 const struct link_owner *owner)
{
	struct link *l = link_new(loop, tls, owner);

	if (l == NULL)
		return BF_ENOMEM;
	l->enrol = enrol;
	l->expect = *expect;
	(void)snprintf(l->where, sizeof l->where, "%.80s:%u", host, port);
	*out = l;
	/* A plain address needs no resolver, and so no thread pool: most stations never start one.
	 */
	if (numeric_address(host, port, &l->addresses[0])) {
		l->address_count = 1;
		connect_next(l);
	} else {
		look_up(l, host, port);
	}
	link_kick(l);
	return 0;
}

static bool numeric_address(const char *host, uint16_t port, struct sockaddr_storage *out)
{
	return uv_ip4_addr(host, port, (struct sockaddr_in *)(void *)out) == 0 ||
	       uv_ip6_addr(host, port, (struct sockaddr_in6 *)(void *)out) == 0;
}

static void look_up(struct link *l, const char *host, uint16_t port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct lookup *u = NULL;
	char service[8];
	struct fault f;

	if (pool_ready(&f) != 0) {
		link_close(l, &f);
		return;
	}
	u = calloc(1, sizeof *u);
	if (u == NULL) {
		link_fail_memory(l);
		return;
	}
	u->link = l;
	u->req.data = u;
	(void)snprintf(service, sizeof service, "%u", port);
	int rc = uv_getaddrinfo(l->loop, &u->req, on_resolved, host, service, &hints);
	if (rc == 0) {
		l->lookup = u;
		return;
	}
	free(u);
	link_fail_uv(l, FAULT_HUB_UNREACHABLE, rc);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct lookup *u = req->data;
	struct link *l = u->link;

	free(u);
	if (l != NULL) {
		l->lookup = NULL;
		for (struct addrinfo *a = list; a != NULL && l->address_count < LINK_ADDRESSES_MAX;
		     a = a->ai_next)
			if (a->ai_addrlen <= sizeof l->addresses[0])
				memcpy(&l->addresses[l->address_count++], a->ai_addr,
				       a->ai_addrlen);
		if (status != 0 || l->address_count == 0)
			link_fail_uv(l, FAULT_HUB_UNREACHABLE,
				     status != 0 ? status : UV_EAI_NODATA);
		else
			connect_next(l);
	}
	uv_freeaddrinfo(list);
}

/* Each address has a whole handshake's time: the first may be a black hole. */
static void connect_next(struct link *l)
{
	struct sockaddr *a = (struct sockaddr *)(void *)&l->addresses[l->address_next++];
	l->state = CONNECTING;
	l->shake_due = uv_now(l->loop) + tls_limits(l->tls)->handshake_ms;
	int rc = uv_tcp_connect(&l->connect, &l->tcp, a, on_connected);
	if (rc != 0)
		on_connected(&l->connect, rc);
}

static void on_connected(uv_connect_t *req, int status)
{
	struct link *l = req->data;
	if (l->state != CONNECTING || uv_is_closing((uv_handle_t *)&l->tcp))
		return;
	if (status == 0)
		link_shake(l);
	else if (l->address_next < l->address_count)
		uv_close((uv_handle_t *)&l->tcp, on_reopen);
	else
		link_fail_uv(l, FAULT_HUB_UNREACHABLE, status);
}

/* The handle of a failed connect is of no use: close it, and begin anew in its close callback. */
static void on_reopen(uv_handle_t *handle)
{
	struct link *l = handle->data;
	if (l->state != CONNECTING) {
		link_release(l);
		return;
	}
	BF_REQUIRE(uv_tcp_init(l->loop, &l->tcp) == 0);
	l->tcp.data = l;
	connect_next(l);
}

bool link_dial_next(struct link *l)
{
	if (l->address_next >= l->address_count || uv_is_closing((uv_handle_t *)&l->tcp))
		return false;
	l->shake_due = uv_now(l->loop) + tls_limits(l->tls)->handshake_ms;
	uv_close((uv_handle_t *)&l->tcp, on_reopen);
	return true;
}

void link_dial_cancel(struct link *l)
{
	if (l->lookup == NULL)
		return;
	l->lookup->link = NULL;
	(void)uv_cancel((uv_req_t *)&l->lookup->req);
}
