/* SPDX-License-Identifier: Apache-2.0 */
/* conn.c -- see conn.h. SIGPIPE is ignored by main, so a node that went away is an error, not a
 * death. */
#include "client/conn.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int conn_renew(struct conn *c, struct fault *f);
static int conn_send(struct conn *c, struct bytes out);
static int conn_fill(struct conn *c);
static int conn_reply(struct conn *c, uint64_t id, conn_notice *each, void *ctx,
		      struct rpc_reply *reply);

void params_text(struct params *p, const char *key, const char *value)
{
	params_bytes(p, key, bytes_str(value));
}

void params_bytes(struct params *p, const char *key, struct bytes value)
{
	mp_put_str(params_value(p, key), value);
}

void params_uint(struct params *p, const char *key, uint64_t value)
{
	mp_put_uint(params_value(p, key), value);
}

void params_bool(struct params *p, const char *key, bool value)
{
	mp_put_bool(params_value(p, key), value);
}

struct buf *params_value(struct params *p, const char *key)
{
	mp_put_cstr(&p->pairs, key);
	p->count++;
	return &p->pairs;
}

void params_fini(struct params *p)
{
	buf_fini(&p->pairs);
	p->count = 0;
}

static int node_silent(struct fault *f, const char *where)
{
	char seconds[16];

	(void)snprintf(seconds, sizeof(seconds), "%d", CONN_SILENT_S);
	return fault_say(f, FAULT_NODE_SILENT, where, seconds, NULL);
}

/* What a send or recv that gave nothing stands for: silence, or the end. */
static int gone(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? BF_EBUSY : BF_ECLOSED;
}

/* The group that would let us in: the socket's, or when we may not even see it, that of the
 * directory in front of it. False when it is its owner's alone. */
static bool group_of(const char *path, char out[64])
{
	char dir[CONN_PATH_MAX];
	struct stat st;
	struct group *row;

	(void)bytes_cstr(bytes_str(path), dir, sizeof(dir));
	char *slash = strrchr(dir, '/');
	bool socket = stat(path, &st) == 0;

	if (!socket && (slash == NULL || slash == dir))
		return false;
	if (!socket) {
		*slash = '\0';
		if (stat(dir, &st) != 0)
			return false;
	}
	if ((st.st_mode & (socket ? S_IWGRP : S_IXGRP)) == 0)
		return false;
	row = getgrgid(st.st_gid);
	if (row != NULL)
		(void)bytes_cstr(bytes_str(row->gr_name), out, 64);
	return row != NULL;
}

/* What must be done is another thing where a group may come in. */
static int say_denied(const char *path, struct fault *f)
{
	char group[64];
	const struct passwd *me;

	if (!group_of(path, group))
		return fault_say(f, FAULT_NODE_DENIED, path, NULL, NULL);
	me = getpwuid(geteuid());
	return fault_say(f, FAULT_NODE_DENIED_GROUP, path, group, me != NULL ? me->pw_name : "?");
}

int conn_files_few(struct fault *f)
{
	struct rlimit files = { 0 };
	char have[24], need[24];

	(void)getrlimit(RLIMIT_NOFILE, &files);
	(void)snprintf(have, sizeof(have), "%llu", (unsigned long long)files.rlim_cur);
	(void)snprintf(need, sizeof(need), "%d", CONN_FILES_MIN);
	return fault_say(f, FAULT_FILES_FEW, NULL, have, need);
}

int conn_open(struct conn *c, const char *path, struct fault *f)
{
	const struct timeval silent = { .tv_sec = CONN_SILENT_S };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	if (len >= sizeof(to.sun_path))
		return fault_say(f, FAULT_SOCKET_LONG, path, NULL, NULL);
	memcpy(to.sun_path, path, len);
	memmove(c->path, path, len + 1); /* it may be that very one */
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 && (errno == EMFILE || errno == ENFILE))
		return conn_files_few(f);
	if (c->fd < 0)
		return fault_say(f, FAULT_NO_NODE, path, strerror(errno), NULL);
	/* For connect, too: its queue may be full. */
	(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &silent, sizeof(silent));
	(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &silent, sizeof(silent));
	if (connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return BF_OK;
	int why = errno;
	conn_close(c);
	if (why == EAGAIN || why == ETIMEDOUT)
		return node_silent(f, path);
	if (why == EACCES || why == EPERM)
		return say_denied(path, f);
	return fault_say(f, FAULT_NO_NODE, path, strerror(why), NULL);
}

void conn_close(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->used = 0;
	mp_doc_fini(&c->doc);
	c->doc = (struct mp_doc){ 0 };
	buf_fini(&c->in);
	c->in = (struct buf){ 0 };
}

int conn_call(struct conn *c, const char *method, const struct params *p, conn_notice *each,
	      void *ctx, struct mp_val *result, bool *refused, struct fault *f)
{
	struct buf out = { 0 };
	struct rpc_reply reply;
	uint64_t id = ++c->last_id;
	int rc;

	*refused = false;
	rc = conn_renew(c, f);
	if (rc != 0)
		return rc;
	rpc_put_request(&out, id, method);
	mp_put_map(&out, p->count);
	buf_put_buf(&out, &p->pairs);
	rc = out.err != 0 ? out.err : p->pairs.err;
	if (rc == 0 && out.len > RPC_BYTES_MAX)
		rc = BF_EBOUND;
	if (rc == 0)
		rc = conn_send(c, buf_bytes(&out));
	buf_fini(&out);
	/* A node that would not even listen has said why before it hung up. */
	if (rc == 0 || rc == BF_ECLOSED)
		rc = conn_reply(c, id, each, ctx, &reply);
	if (rc == BF_EBUSY)
		return node_silent(f, method);
	if (rc == BF_ECLOSED)
		return fault_say(f, FAULT_NODE_LEFT, method, NULL, NULL);
	if (rc != 0)
		return fault_say(f, FAULT_NODE_REPLY, method, bf_error_name(rc), NULL);
	if (reply.failed) {
		*refused = true;
		*f = reply.fault;
		return f->rc < 0 ? f->rc : BF_EINVAL;
	}
	*result = reply.result;
	return BF_OK;
}

/* Did the node let us go since nothing came for long, or to make room? Whatever else it said stays
 * to be read as the answer. */
static bool let_go(struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };
	struct rpc_reply reply;
	size_t used;

	if (poll(&p, 1, 0) != 1 || (p.revents & (POLLRDHUP | POLLHUP)) == 0)
		return false;
	while (c->in.len <= RPC_BYTES_MAX && conn_fill(c) == 0)
		;
	int rc = rpc_take_reply(buf_bytes(&c->in), &c->doc, &reply, &used);

	if (rc == BF_EMORE)
		return c->in.len == 0; /* it ended, or was ended, between two requests */
	return rc == 0 && reply.failed &&
	       (reply.fault.code == FAULT_CONN_IDLE || reply.fault.code == FAULT_CONN_GAVE_WAY);
}

static int conn_renew(struct conn *c, struct fault *f)
{
	buf_drop(&c->in, c->used);
	c->used = 0;
	if (c->fd >= 0 && !let_go(c))
		return 0;
	conn_close(c);
	return conn_open(c, c->path, f);
}

static int conn_send(struct conn *c, struct bytes out)
{
	while (out.len > 0) {
		ssize_t n = send(c->fd, out.p, out.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return gone(n);
		out.p += n;
		out.len -= (size_t)n;
	}
	return BF_OK;
}

static int conn_fill(struct conn *c)
{
	ssize_t n;
	int rc = buf_reserve(&c->in, CONN_READ_BYTES);

	if (rc != 0)
		return rc;
	do {
		n = recv(c->fd, c->in.p + c->in.len, CONN_READ_BYTES, 0);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return gone(n);
	c->in.len += (size_t)n;
	return BF_OK;
}

static int conn_reply(struct conn *c, uint64_t id, conn_notice *each, void *ctx,
		      struct rpc_reply *reply)
{
	for (;;) {
		buf_drop(&c->in, c->used);
		c->used = 0;
		int rc = rpc_take_reply(buf_bytes(&c->in), &c->doc, reply, &c->used);
		if (rc == BF_EMORE) {
			c->used = 0;
			rc = conn_fill(c);
			if (rc != 0)
				return rc;
			continue;
		}
		if (rc != 0)
			return rc;
		if (reply->notice) {
			if (each != NULL)
				each(ctx, reply->result);
			continue;
		}
		/* Id 0 is no request's: the node refuses the whole conversation. */
		if (reply->id == id || (reply->id == 0 && reply->failed))
			return BF_OK;
	}
}
