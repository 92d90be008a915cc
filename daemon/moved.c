/* SPDX-License-Identifier: Apache-2.0 */
/* moved.c -- see moved.h. */
#include "daemon/moved.h"

#include <string.h>

#include "protocol/flag.h"

struct row {
	uint64_t seq;
	struct movement what;
};

static uint64_t division_of(struct bytes account)
{
	struct account a;

	return account_take(account, &a) == 0 && a.type == ACCOUNT_DIVISION ? a.division : 0;
}

struct movement moved_of(const struct record *r)
{
	struct bytes from, to;
	int64_t fen;

	if (!flag_movement(r, &from, &to, &fen))
		return (struct movement){ .fen = 0 };
	return (struct movement){ division_of(from), division_of(to), fen };
}

void moved_add(struct moved *m, uint64_t seq, const struct movement *what)
{
	const struct row row = { seq, *what };

	if (what->fen == 0)
		return;
	if (m->rows.len == MOVED_MAX * sizeof row)
		moved_forget(m, seq);
	else
		buf_put(&m->rows, &row, sizeof row);
	if (m->rows.err != 0) {
		buf_fini(&m->rows);
		moved_forget(m, seq);
	}
}

void moved_forget(struct moved *m, uint64_t seq)
{
	m->forgotten = seq > m->forgotten ? seq : m->forgotten;
}

/* Rows that a view shows go. */
static void drop_shown(struct moved *m, uint64_t seq)
{
	struct row *rows = (void *)m->rows.p;
	size_t count = m->rows.len / sizeof *rows, kept = 0;

	for (size_t i = 0; i < count; i++)
		if (rows[i].seq > seq)
			rows[kept++] = rows[i];
	m->rows.len = kept * sizeof *rows;
}

bool moved_since(struct moved *m, uint64_t seq, uint64_t division, int64_t *fen)
{
	drop_shown(m, seq);
	const struct row *rows = (const void *)m->rows.p;

	*fen = 0;
	for (size_t i = 0; i < m->rows.len / sizeof *rows; i++) {
		*fen += rows[i].what.to == division ? rows[i].what.fen : 0;
		*fen -= rows[i].what.from == division ? rows[i].what.fen : 0;
	}
	return m->forgotten <= seq;
}

void moved_fini(struct moved *m)
{
	buf_fini(&m->rows);
}
