/* SPDX-License-Identifier: Apache-2.0 */
/* methods.c -- the table of handlers, their parameters, and the methods too small for a file of
 * their own. */
#include "daemon/methods.h"

#include <stdlib.h>

#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/errors.h"
#include "protocol/hex.h"
#include "protocol/method.h"
#include "storage/place.h"

static void methods_methods(struct call *c);
static void methods_schema(struct call *c);
static void methods_place(struct call *c);

const struct method_row method_rows[] = {
	{ "methods", methods_methods }, { "schema", methods_schema },
	{ "status", methods_status },   { "log", methods_log },
	{ "import", methods_import },   { "void", methods_void },
	{ "total", methods_total },     { "list", methods_list },
	{ "find", methods_find },       { "show", methods_show },
	{ "balance", methods_balance }, { "place", methods_place },
	{ "places", methods_places },   { "verify", methods_verify },
	{ "sync", methods_sync },       { "enrol", methods_enrol },
	{ "token", methods_token },     { "tokens", methods_tokens },
	{ "cancel", methods_cancel },   { "stations", methods_stations },
	{ "acts", methods_acts },       { "nodes", methods_nodes },
	{ "revoke", methods_revoke },   { "watch", methods_watch },
	{ "clear", methods_clear },     { "backup", methods_backup },
	{ "open", methods_open },       { "counters", methods_counters },
	{ "correct", methods_correct }, { NULL, NULL },
};

/* ---- parameters ---- */

bool param_value(const struct call *c, const char *key, struct mp_val *out)
{
	return mp_find(c->params, key, out);
}

bool param_text(const struct call *c, const char *key, struct bytes *out)
{
	struct mp_val v;

	*out = (struct bytes){ 0 };
	return mp_find(c->params, key, &v) && mp_get_str(v, out) == 0;
}

bool param_uint(const struct call *c, const char *key, uint64_t *out)
{
	struct mp_val v;

	*out = 0;
	return mp_find(c->params, key, &v) && mp_get_uint(v, out) == 0;
}

bool param_bool(const struct call *c, const char *key)
{
	struct mp_val v;
	bool b = false;

	return mp_find(c->params, key, &v) && mp_get_bool(v, &b) == 0 && b;
}

int param_kind(const struct call *c, bool counted, const struct kind **out, struct fault *f)
{
	char names[FAULT_TEXT_MAX], shown[FAULT_WHERE_MAX];
	struct bytes name;

	param_text(c, "kind", &name);
	*out = kind_by_name(name);
	if (*out != NULL && (!counted || kind_counts(*out)))
		return 0;
	return fault_say(f, *out == NULL ? FAULT_UNKNOWN_KIND : FAULT_NOT_COUNTED, "kind",
			 fault_typed(name, shown), reply_kind_names(counted, names, sizeof(names)));
}

int param_origin(const struct call *c, const char *key, uint64_t *out, struct fault *f)
{
	char text[17] = "", shown[FAULT_WHERE_MAX];
	struct bytes given;
	uint8_t raw[8];

	param_text(c, key, &given);
	if (given.len == 16 &&
	    hex_take(bytes_cstr(given, text, sizeof(text)), raw, sizeof(raw)) == 0) {
		*out = be64_get(raw);
		return 0;
	}
	return fault_say(f, FAULT_ORIGIN_FORM, key, fault_typed(given, shown), NULL);
}

int param_limit(const struct call *c, const char *key, uint64_t max, uint64_t unset, uint64_t *out,
		struct fault *f)
{
	char text[24];

	if (!param_uint(c, key, out))
		*out = unset;
	if (*out >= 1 && *out <= max)
		return 0;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)max);
	return fault_say(f, FAULT_LIMIT, key, text, NULL);
}

void methods_fail(struct call *c, int rc, const struct fault *f)
{
	struct fault said;
	char text[24];

	/* What is not found may be among what is saved and not seen. */
	if (c->pending > 0 && f != NULL && f->rc == BF_ENOTFOUND && f->code != FAULT_NONE) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)c->pending);
		fault_say(&said, FAULT_WARN_PENDING, f->where, text, NULL);
		call_fail(c, &said);
		return;
	}
	if (f != NULL && f->code != FAULT_NONE) {
		call_fail(c, f);
		return;
	}
	(void)node_fault(c->node, &said, NULL, rc);
	call_fail(c, &said);
}

uint32_t pending_members(const struct call *c)
{
	return c->pending > 0;
}

void put_pending(struct buf *b, const struct call *c)
{
	if (c->pending > 0)
		reply_uint(b, "pending", c->pending);
}

void methods_view(struct call *c, int (*run)(struct call *c, struct view *v, struct fault *f))
{
	struct fault f = { 0 };
	struct view v;
	int rc = view_begin(c->node->store, &v);

	if (rc == 0) {
		rc = view_done(&v, run(c, &v, &f));
	}
	if (rc == 0)
		call_end(c);
	else
		methods_fail(c, rc, &f);
}

void *methods_own(struct call *c, size_t size)
{
	c->own = calloc(1, size);
	c->drop = free;
	if (c->own == NULL)
		methods_fail(c, BF_ENOMEM, NULL);
	return c->own;
}

/* ---- methods: what can be asked ---- */

static void put_bounds(struct buf *b, const struct method_param *p)
{
	const char *unset = p->type == PARAM_BOOL ? "false" : p->unset;

	if (p->type == PARAM_BOOL) {
		reply_nil(b, "min");
		reply_nil(b, "max");
	} else {
		reply_uint(b, "min", p->min);
		reply_uint(b, "max", p->max);
	}
	if (unset == NULL)
		reply_nil(b, "default");
	else
		reply_cstr(b, "default", unset);
}

static void put_method(struct buf *b, const struct method *m)
{
	mp_put_map(b, 5);
	reply_cstr(b, "name", m->name);
	reply_cstr(b, "zh", m->zh);
	reply_cstr(b, "en", m->en);
	mp_put_cstr(b, "params");
	mp_put_array(b, (uint32_t)m->param_count);
	for (size_t i = 0; i < m->param_count; i++) {
		const struct method_param *p = &m->params[i];

		mp_put_map(b, 7);
		reply_cstr(b, "name", p->name);
		reply_cstr(b, "type", param_type_name(p->type));
		reply_bool(b, "required", p->required);
		reply_cstr(b, "en", p->en);
		put_bounds(b, p);
	}
	reply_cstr(b, "result", m->result);
}

static void methods_methods(struct call *c)
{
	struct buf *b = call_begin(c);
	const struct method *m;
	uint32_t count = 0;

	while (method_at(count) != NULL)
		count++;
	mp_put_array(b, count);
	for (size_t i = 0; (m = method_at(i)) != NULL; i++)
		put_method(b, m);
	call_end(c);
}

/* ---- schema ---- */

static const char *type_name(uint8_t type)
{
	static const char *const names[] = {
		[T_TEXT] = "text",       [T_DIVISION] = "division",
		[T_DAY] = "day",         [T_FEN] = "fen",
		[T_COUNT] = "count",     [T_MINUTES] = "minutes",
		[T_DECIMAL] = "decimal", [T_CODE] = "code",
		[T_CODES] = "codes",     [T_BOOL] = "bool",
		[T_ID] = "id",           [T_PHONE] = "phone",
		[T_BANK] = "bank",       [T_REF] = "ref",
		[T_REFS] = "refs",       [T_ACCOUNT] = "account",
		[T_EACH] = "each",
	};

	return type < sizeof(names) / sizeof(*names) ? names[type] : "?";
}

static void put_field(struct buf *b, const struct field *field)
{
	mp_put_map(b, 9);
	reply_uint(b, "tag", field->tag);
	reply_cstr(b, "name", field->name);
	reply_cstr(b, "zh", field->zh);
	reply_cstr(b, "en", field->en);
	if (field->column == NULL)
		reply_nil(b, "column");
	else
		reply_cstr(b, "column", field->column);
	reply_cstr(b, "type", type_name(field->type));
	reply_bool(b, "required", (field->flags & F_REQUIRED) != 0);
	reply_bool(b, "personal", (field->flags & F_PERSONAL) != 0);
	reply_list(b, "list", field->list);
}

static void put_kind(struct buf *b, const struct kind *k)
{
	uint32_t dims = 0;

	mp_put_map(b, 10);
	reply_uint(b, "id", k->id);
	reply_cstr(b, "name", k->name);
	reply_cstr(b, "zh", k->zh);
	reply_cstr(b, "en", k->en);
	reply_bool(b, "versioned", k->versioned != 0);
	reply_bool(b, "counts", kind_counts(k));
	reply_sum(b, k);
	for (size_t d = 0; d < DIMS_MAX; d++)
		dims += k->dims[d] != 0;
	mp_put_cstr(b, "dims");
	mp_put_array(b, dims);
	for (size_t d = 0; d < DIMS_MAX; d++)
		if (k->dims[d] != 0)
			mp_put_cstr(b, field_by_tag(k, k->dims[d])->name);
	if (k->apart == 0)
		reply_nil(b, "apart");
	else
		reply_cstr(b, "apart", field_by_tag(k, k->apart)->name);
	mp_put_cstr(b, "fields");
	mp_put_array(b, k->count);
	for (uint32_t i = 0; i < k->count; i++)
		put_field(b, &k->fields[i]);
}

static void methods_schema(struct call *c)
{
	struct buf *b = call_begin(c);
	const struct kind *k;
	uint32_t count = 0;

	while (kind_at(count) != NULL)
		count++;
	mp_put_array(b, count);
	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		put_kind(b, k);
	call_end(c);
}

/* ---- place ---- */

struct children {
	uint64_t area;
	uint64_t last; /* the child passed last: what lies in it is a grandchild */
	uint32_t count;
	struct buf rows;
};

static int add_child(void *ctx, struct place p)
{
	struct children *c = ctx;

	if (p.code == c->area || (c->last != 0 && division_within(p.code, c->last)))
		return 0;
	c->last = p.code;
	c->count++;
	mp_put_map(&c->rows, 2);
	reply_code(&c->rows, "code", p.code);
	reply_str(&c->rows, "name", p.name);
	return 0;
}

static void put_place(struct call *c, struct view *v, const struct place *p)
{
	struct children below = { .area = p->code };
	struct buf path = { 0 };
	struct buf *b = call_begin(c);

	place_path(v, p->code, &path);
	int rc = place_walk(v, p->code, false, add_child, &below);

	mp_put_map(b, 5);
	reply_code(b, "code", p->code);
	reply_str(b, "name", p->name);
	reply_cstr(b, "level", division_level_name(division_level(p->code)));
	reply_str(b, "path", buf_bytes(&path));
	mp_put_cstr(b, "children");
	mp_put_array(b, below.count);
	buf_put_buf(b, &below.rows);
	if (rc == 0)
		rc = view_err(v, path.err != 0 ? path.err : below.rows.err);
	buf_fini(&path);
	buf_fini(&below.rows);
	if (rc != 0)
		methods_fail(c, rc, NULL);
	else
		call_end(c);
}

static void methods_place(struct call *c)
{
	struct fault f = { 0 };
	struct resolve r;
	struct bytes text;
	struct place p;
	struct view v;

	param_text(c, "text", &text);
	if (param_bool(c, "begins")) {
		methods_place_begins(c, text);
		return;
	}
	int rc = view_begin(c->node->store, &v);

	if (rc != 0) {
		methods_fail(c, rc, NULL);
		return;
	}
	resolve_init(&r, c->node, &v, NULL, true);
	rc = resolve_division(&r, text, &p.code, "text", &f);
	if (rc == 0)
		rc = place_get(&v, p.code, &p);
	rc = view_err(&v, rc);
	if (rc == 0)
		put_place(c, &v, &p);
	else
		methods_fail(c, rc, &f);
	view_end(&v);
}
