/* SPDX-License-Identifier: Apache-2.0 */
/* rival_sqlite.c -- SQLite, WAL, synchronous=FULL, the same facts with three indexes.
 *
 * rival_sqlite N BATCH ROWS.tsv DB: N rows, BATCH a transaction, prepared inserts. Prints {"rate",
 * "cpu_s", "file_bytes"}; the time does not include a checkpoint. */
#include <sqlite3.h>
#include <unistd.h>

#include "timing.h"

enum { COLUMNS = 13, LINE_MAX_BYTES = 2048 };

static void run(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, error);
		exit(1);
	}
}

static sqlite3 *open_fresh(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[4096];
	sqlite3 *db = NULL;

	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	if (sqlite3_open(path, &db) != SQLITE_OK)
		exit(1);
	run(db,
	    "pragma journal_mode=wal; pragma synchronous=full; pragma cache_size=-262144;"
	    "pragma wal_autocheckpoint=10000;"
	    "create table rec(node int, seq int, division text, household int, day int, channel "
	    "int, month int,"
	    " amount int, author int, kind int, purpose int, minutes int, note text, primary "
	    "key(node, seq)) without rowid;"
	    "create index i1 on rec(division, household, day); create index i2 on rec(node, day);"
	    "create index i3 on rec(month, channel, division)");
	return db;
}

static void insert(sqlite3_stmt *st, char *line)
{
	char *save = NULL;

	for (int i = 1; i <= COLUMNS; i++) {
		char *cell = strtok_r(i == 1 ? line : NULL, "\t\n", &save);

		if (cell == NULL)
			exit(1);
		if (i == 3 || i == COLUMNS)
			sqlite3_bind_text(st, i, cell, -1, SQLITE_TRANSIENT);
		else
			sqlite3_bind_int64(st, i, atoll(cell));
	}
	if (sqlite3_step(st) != SQLITE_DONE)
		exit(1);
	sqlite3_reset(st);
}

int main(int argc, char **argv)
{
	char line[LINE_MAX_BYTES];
	sqlite3_stmt *st = NULL;

	if (argc != 5)
		return 2;
	long count = atol(argv[1]), batch = atol(argv[2]);
	FILE *rows = fopen(argv[3], "r");
	sqlite3 *db = open_fresh(argv[4]);

	if (rows == NULL ||
	    sqlite3_prepare_v2(db, "insert into rec values(?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &st,
			       NULL) != SQLITE_OK)
		return 1;
	double began = now_s(), cpu = cpu_s();

	for (long n = 0; n < count;) {
		run(db, "begin immediate");
		for (long j = 0; j < batch && n < count; j++, n++) {
			if (fgets(line, sizeof line, rows) == NULL)
				return 1;
			insert(st, line);
		}
		run(db, "commit");
	}
	double took = now_s() - began;

	cpu = cpu_s() - cpu;
	sqlite3_finalize(st);
	sqlite3_close(db);
	FILE *file = fopen(argv[4], "r");

	fseek(file, 0, SEEK_END);
	printf("{\"rate\": %.1f, \"cpu_s\": %.3f, \"file_bytes\": %ld}\n", (double)count / took,
	       cpu, ftell(file));
	return 0;
}
