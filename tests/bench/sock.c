/* SPDX-License-Identifier: Apache-2.0 */
/* sock.c -- questions through the daemon's socket, as any msgpack-RPC client asks them.
 *
 * sock log SOCKET N CLIENTS PLACE    N durable entries in all, each client one at a time: {"rate",
 * "p50_us", "p99_us"} sock total SOCKET N KIND PLACE BY  the same total N times on one connection:
 * {"rows", "p50_us", "p99_us"} */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/errors.h"
#include "protocol/rpc.h"
#include "tests/bench/timing.h"

enum { CLIENTS_MAX = 64, READ_BYTES = 64 * 1024 };

struct client {
	int fd;
	struct buf in;
	struct mp_doc doc;
};

static void die(const char *what, const struct fault *f)
{
	fprintf(stderr, "bench sock: %s: %s %s\n", what, f != NULL ? f->where : "",
		f != NULL ? f->en : "");
	exit(1);
}

static struct client client_open(const char *path)
{
	struct client c = { .fd = socket(AF_UNIX, SOCK_STREAM, 0) };
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	if (c.fd < 0 || connect(c.fd, (const struct sockaddr *)&to, sizeof to) != 0)
		die(path, NULL);
	return c;
}

static struct mp_val ask(struct client *c, const struct buf *request)
{
	struct rpc_reply reply;
	size_t used = 0;
	int rc;

	if (write(c->fd, request->p, request->len) != (ssize_t)request->len)
		die("write", NULL);
	buf_clear(&c->in);
	while ((rc = rpc_take_reply(buf_bytes(&c->in), &c->doc, &reply, &used)) == BF_EMORE) {
		if (buf_reserve(&c->in, READ_BYTES) != 0)
			die("memory", NULL);
		ssize_t n = read(c->fd, c->in.p + c->in.len, READ_BYTES);

		if (n <= 0)
			die("the daemon closed", NULL);
		c->in.len += (size_t)n;
	}
	if (rc != 0 || reply.failed)
		die("answer", reply.failed ? &reply.fault : NULL);
	return reply.result;
}

static void pair(struct buf *b, const char *key, const char *value)
{
	mp_put_cstr(b, key);
	mp_put_cstr(b, value);
}

static void put_log(struct buf *b, long i, const char *place)
{
	char amount[32], doc[32];

	snprintf(amount, sizeof amount, "%ld.%02ld", 100 + i % 90000, i % 100);
	snprintf(doc, sizeof doc, "凭证%08ld", i);
	buf_clear(b);
	rpc_put_request(b, (uint64_t)i + 1, "log");
	mp_put_map(b, 3);
	mp_put_cstr(b, "again"); /* a later run logs the same */
	mp_put_bool(b, true);
	pair(b, "kind", "fund");
	mp_put_cstr(b, "fields");
	mp_put_map(b, 8);
	pair(b, "movement", "支出");
	pair(b, "level", "县");
	pair(b, "channel", "1");
	pair(b, "from", place);
	pair(b, "to", "supplier");
	pair(b, "amount", amount);
	pair(b, "document", doc);
	pair(b, "note", "村道维修与饮水管护材料款，经村民代表会议通过并公示七天，无异议");
}

/* One client's life: `count` entries, each answered before the next. */
static void log_client(const char *path, long from, long count, const char *place, double *took)
{
	struct client c = client_open(path);
	struct buf b = { 0 };

	for (long i = 0; i < count; i++) {
		put_log(&b, from + i, place);
		double began = now_s();

		ask(&c, &b);
		took[i] = now_s() - began;
	}
}

static void print(const char *rest, double *took, long n)
{
	qsort(took, (size_t)n, sizeof *took, double_compare);
	printf("{%s, \"p50_us\": %.1f, \"p99_us\": %.1f}\n", rest, took[n / 2] * 1e6,
	       took[n * 99 / 100] * 1e6);
}

static int run_log(char **argv)
{
	long clients = atol(argv[4]), each = atol(argv[3]) / clients;
	size_t bytes = (size_t)(clients * each) * sizeof(double);
	double *took = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char rest[64];
	int status, bad = 0;

	if (took == MAP_FAILED || clients > CLIENTS_MAX)
		return 2;
	double began = now_s();

	for (long k = 0; k < clients; k++)
		if (fork() == 0) {
			log_client(argv[2], k * each, each, argv[5], took + k * each);
			_exit(0);
		}
	while (wait(&status) > 0)
		bad |= status;
	snprintf(rest, sizeof rest, "\"rate\": %.1f", (double)(clients * each) / (now_s() - began));
	print(rest, took, clients * each);
	return bad != 0;
}

static int run_total(char **argv)
{
	struct client c = client_open(argv[2]);
	long n = atol(argv[3]);
	double *took = calloc((size_t)n, sizeof *took);
	struct buf b = { 0 };
	struct mp_val rows;
	char rest[64];
	uint32_t count = 0;

	rpc_put_request(&b, 1, "total");
	mp_put_map(&b, 3);
	pair(&b, "kind", argv[4]);
	pair(&b, "division", argv[5]);
	mp_put_cstr(&b, "by");
	char *words[4], *save = NULL;
	uint32_t by = 0;

	for (char *w = strtok_r(argv[6], ",", &save); w != NULL && by < 4;
	     w = strtok_r(NULL, ",", &save))
		words[by++] = w;
	mp_put_array(&b, by);
	for (uint32_t i = 0; i < by; i++)
		mp_put_cstr(&b, words[i]);
	for (long i = 0; i < n; i++) {
		double began = now_s();
		struct mp_val result = ask(&c, &b);

		took[i] = now_s() - began;
		if (!mp_find(result, "rows", &rows))
			die("no rows", NULL);
		count = mp_count(rows);
	}
	snprintf(rest, sizeof rest, "\"rows\": %u", count);
	print(rest, took, n);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "log") == 0)
		return run_log(argv);
	if (argc == 7 && strcmp(argv[1], "total") == 0)
		return run_total(argv);
	fprintf(stderr,
		"usage: sock log SOCKET N CLIENTS PLACE | sock total SOCKET N KIND PLACE BY\n");
	return 2;
}
