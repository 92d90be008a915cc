/* SPDX-License-Identifier: Apache-2.0 */
/* methods_place.c -- the places that somebody who is still typing may mean.
 *
 * A look at every row of the table, which is a province's at most: some milliseconds on the loop,
 * asked for by a key. */
#include <stdio.h>
#include <string.h>

#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/errors.h"
#include "protocol/look.h"
#include "storage/place.h"

struct begun {
	struct bytes text;
	struct look look;
	bool looks; /* the text can be a name or its pinyin */
	uint64_t codes[METHODS_PLACES_MAX];
	uint32_t count;
	bool more;
};

static int consider(void *ctx, struct place p);
static void put_begun(struct resolve *r, uint64_t code, struct buf *b);
static void put_written(struct resolve *r, const struct place *p, struct buf *b);

void methods_place_begins(struct call *c, struct bytes text)
{
	struct begun found = { .text = bytes_trim(text) };
	struct resolve r;
	struct view v;
	int rc = view_begin(c->node->store, &v);

	if (rc != 0) {
		methods_fail(c, rc, NULL);
		return;
	}
	found.looks = look_take(&found.look, found.text) == 0;
	resolve_init(&r, c->node, &v, NULL, true);
	rc = view_err(&v, place_walk(&v, c->node->division, true, consider, &found));
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_map(b, 2);
		reply_bool(b, "more", found.more);
		mp_put_cstr(b, "places");
		mp_put_array(b, found.count);
		for (uint32_t i = 0; i < found.count; i++)
			put_begun(&r, found.codes[i], b);
		call_end(c);
	} else
		methods_fail(c, rc, NULL);
	view_end(&v);
}

static bool fits(const struct begun *f, struct place p)
{
	char code[DIVISION_DIGITS + 1];
	struct bytes digits = bytes_str(division_print(p.code, code));

	if (f->text.len == 0)
		return false;
	if (f->text.len <= digits.len && memcmp(f->text.p, digits.p, f->text.len) == 0)
		return true;
	return f->looks && look_name(&f->look, p.name) <= LOOK_EDGE;
}

static int consider(void *ctx, struct place p)
{
	struct begun *f = ctx;

	if (!fits(f, p))
		return 0;
	if (f->count == METHODS_PLACES_MAX)
		f->more = true;
	else
		f->codes[f->count++] = p.code;
	return 0;
}

static void put_begun(struct resolve *r, uint64_t code, struct buf *b)
{
	struct place p = { .code = code };
	struct buf path = { 0 };

	(void)place_get(r->view, code, &p);
	place_path(r->view, code, &path);
	mp_put_map(b, 4);
	reply_code(b, "code", code);
	reply_str(b, "name", p.name);
	mp_put_cstr(b, "written");
	put_written(r, &p, b);
	reply_str(b, "path", buf_bytes(&path));
	if (path.err != 0 && b->err == 0)
		b->err = path.err;
	buf_fini(&path);
}

static bool means(struct resolve *r, const char *text, uint64_t code)
{
	struct fault f;
	uint64_t found = 0;

	return resolve_division(r, bytes_str(text), &found, "text", &f) == 0 && found == code;
}

/* Its name; with that of the place around it when others are called so; else its code. */
static void put_written(struct resolve *r, const struct place *p, struct buf *b)
{
	enum { WRITTEN_MAX = 512 };
	char text[WRITTEN_MAX], name[WRITTEN_MAX / 2], around[WRITTEN_MAX / 2 - 2] = "";
	int level = division_level(p->code);
	struct place above;

	bytes_cstr(p->name, name, sizeof(name));
	snprintf(text, sizeof(text), "%s", name);
	if (!means(r, text, p->code) && level > LEVEL_PROVINCE &&
	    place_get(r->view, division_at(p->code, level - 1), &above) == 0)
		snprintf(text, sizeof(text), "%s/%s",
			 bytes_cstr(above.name, around, sizeof(around)), name);
	if (!means(r, text, p->code))
		division_print(p->code, text);
	mp_put_cstr(b, text);
}
