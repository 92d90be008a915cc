/* SPDX-License-Identifier: Apache-2.0 */
/* rival_pg_sessions.c -- the village pattern against PostgreSQL: each session a new TLS connection,
 * one COPY, goodbye.
 *
 * rival_pg_sessions CONNINFO ROWS.tsv SESSIONS CLIENTS ROWS_PER_SESSION: CLIENTS processes share
 * the sessions. Prints {"rate": sessions a second, "cpu_s": of the clients}. */
#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include "timing.h"

enum { LINE_MAX_BYTES = 2048 };

struct text {
	char *p;
	int len;
};

static struct text read_session(FILE *rows, int count)
{
	struct text t = { malloc((size_t)count * LINE_MAX_BYTES), 0 };

	for (int i = 0; i < count; i++) {
		if (t.p == NULL || fgets(t.p + t.len, LINE_MAX_BYTES, rows) == NULL)
			exit(1);
		t.len += (int)strlen(t.p + t.len);
	}
	return t;
}

static void fail(PGconn *db)
{
	fprintf(stderr, "%s", PQerrorMessage(db));
	_exit(1);
}

static void session(const char *conninfo, struct text t)
{
	PGconn *db = PQconnectdb(conninfo);

	if (PQstatus(db) != CONNECTION_OK || !PQsslInUse(db))
		fail(db);
	PQclear(PQexec(db, "copy rec from stdin"));
	PQputCopyData(db, t.p, t.len);
	PQputCopyEnd(db, NULL);
	PGresult *r = PQgetResult(db);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail(db);
	PQclear(r);
	PQfinish(db);
}

int main(int argc, char **argv)
{
	if (argc != 6)
		return 2;
	int sessions = atoi(argv[3]), clients = atoi(argv[4]), rows = atoi(argv[5]), bad = 0,
	    status;
	FILE *in = fopen(argv[2], "r");
	struct text *all = calloc((size_t)sessions, sizeof *all);

	if (in == NULL || all == NULL)
		return 1;
	for (int i = 0; i < sessions; i++)
		all[i] = read_session(in, rows);
	double began = now_s();

	for (int c = 0; c < clients; c++)
		if (fork() == 0) {
			for (int i = c; i < sessions; i += clients)
				session(argv[1], all[i]);
			_exit(0);
		}
	while (wait(&status) > 0)
		bad |= status;
	printf("{\"rate\": %.1f, \"cpu_s\": %.3f}\n", sessions / (now_s() - began), cpu_s());
	return bad != 0;
}
