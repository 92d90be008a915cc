/* SPDX-License-Identifier: Apache-2.0 */
/* pick.c -- see pick.h. Lists and questions go to the error stream, so that the answer's stays
 * clean. */
#include "client/pick.h"

#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/prompt.h"
#include "client/shown.h"
#include "protocol/record.h"
#include "protocol/record_set.h"

struct offer {
	char ref[REF_TEXT_MAX];
	bool whole;     /* it is called or numbered exactly so */
	size_t at, len; /* its line, of `text` */
};

struct offers {
	const struct kind *kind;
	struct offer rows[PICK_MAX];
	uint32_t count;
	bool more; /* there were others */
	struct buf text;
};

static int pick_round(struct client *c, const struct kind *k, const char *where, struct bytes text,
		      char ref[REF_TEXT_MAX], char **again);
static void none_told(struct client *c, struct bytes text);
static int pick_name(struct client *c, const struct kind *k, const char *where, struct bytes text,
		     struct bytes name, struct buf *out, bool *chosen);
static int pick_known(struct client *c, const struct kind *record, const struct field *field,
		      struct bytes text);
static int offers_find(struct client *c, const struct kind *asked, struct bytes text,
		       struct offers *o);
static bool offers_certain(struct offers *o);
static int pick_listed(struct client *c, struct offers *o, const char *where, struct bytes text,
		       char ref[REF_TEXT_MAX], char **again);
static void offer_taken(struct client *c, const struct offers *o, const struct offer *row,
			char ref[REF_TEXT_MAX]);

bool pick_possible(const struct client *c)
{
	return c->fault.code == FAULT_SUBJECT_UNKNOWN || c->fault.code == FAULT_SUBJECT_FORM;
}

int pick_one(struct client *c, const struct kind *k, const char *where, struct bytes text,
	     char ref[REF_TEXT_MAX])
{
	char *typed = NULL, *again = NULL;
	int code = CLIENT_DONE;

	do {
		again = NULL;
		code = pick_round(c, k, where, text, ref, &again);
		if (code == CLIENT_REFUSED && typed != NULL) {
			none_told(c, text);
			code = CLIENT_DONE;
		}
		if (again != NULL) {
			free(typed);
			typed = again;
			text = bytes_str(again);
		}
	} while (again != NULL);
	free(typed);
	return code;
}

/* One search and one question. *again: what to look for next instead. */
static int pick_round(struct client *c, const struct kind *k, const char *where, struct bytes text,
		      char ref[REF_TEXT_MAX], char **again)
{
	struct offers o = { .kind = k };
	struct ref direct;
	int code;

	ref[0] = '\0';
	if (ref_parse(text, &direct) == 0) {
		(void)ref_print(direct, ref);
		return CLIENT_DONE;
	}
	code = offers_find(c, k, text, &o);
	/* A household is known by all who live in it. */
	if (code == CLIENT_DONE && k->id == KIND_HOUSEHOLD)
		code = offers_find(c, kind_by_id(KIND_MEMBER), text, &o);
	if (code == CLIENT_DONE && o.count == 0)
		code = CLIENT_REFUSED;
	else if (code == CLIENT_DONE && offers_certain(&o))
		offer_taken(c, &o, &o.rows[0], ref);
	else if (code == CLIENT_DONE)
		code = pick_listed(c, &o, where, text, ref, again);
	buf_fini(&o.text);
	return code;
}

/* Of what was written anew at the list. */
static void none_told(struct client *c, struct bytes text)
{
	char shown[FAULT_WHERE_MAX];
	struct fault f;

	(void)fault_say(&f, FAULT_PICK_NONE, NULL, fault_typed(text, shown), NULL);
	(void)fprintf(c->err, "%s\n", say(c, f.zh, f.en));
}

/* ---- a field ---- */

/* Of "户:王小山" and "household:王小山" what stands behind the colon; of anything else nothing. */
static struct bytes account_name(struct bytes text)
{
	for (size_t i = text.len; i > 0; i--) {
		struct bytes behind = bytes_of(text.p + i, text.len - i);
		bool wide = i >= 3 && memcmp(text.p + i - 3, "：", 3) == 0;

		if (text.p[i - 1] == ':' || wide)
			return behind;
	}
	return bytes_of(text.p, 0);
}

/* One of the things that a text names, appended to `out`; *chosen is false when none was. */
static int pick_part(struct client *c, const struct kind *record, const struct field *field,
		     struct bytes part, struct buf *out, bool *chosen)
{
	struct bytes name = field->type == T_ACCOUNT ? account_name(part) : part;
	struct fault before = c->fault;
	int code = name.len == 0 ? CLIENT_DONE : pick_known(c, record, field, part);

	if (code != CLIENT_REFUSED) {
		if (code == CLIENT_DONE) {
			buf_put_bytes(out, part);
			c->fault = before;
		}
		return code;
	}
	code = pick_name(c, field_named(field), field->name, part, name, out, chosen);
	if (code == CLIENT_DONE)
		c->fault = before;
	else if (code == CLIENT_USAGE)
		fault_term(&c->fault, field->name, field->zh);
	return code;
}

/* `name` is the end of `text`, whose beginning stays. */
static int pick_name(struct client *c, const struct kind *k, const char *where, struct bytes text,
		     struct bytes name, struct buf *out, bool *chosen)
{
	char ref[REF_TEXT_MAX];
	int code = pick_one(c, k, where, name, ref);

	if (code != CLIENT_DONE)
		return code;
	*chosen = ref[0] != '\0';
	buf_put(out, text.p, (size_t)(name.p - text.p));
	buf_put_bytes(out, bytes_str(ref));
	return CLIENT_DONE;
}

/* What was gathered, as the caller's own text; NULL when nothing was chosen. */
static int pick_done(struct client *c, int code, bool chosen, struct buf *all, char **out)
{
	buf_u8(all, '\0');
	if (code == CLIENT_DONE && all->err != 0)
		code = client_fail(c, CLIENT_FAILED, FAULT_NO_MEMORY, NULL, NULL, NULL);
	*out = NULL;
	if (code == CLIENT_DONE && chosen)
		*out = (char *)all->p;
	else
		buf_fini(all);
	return code;
}

int pick_account(struct client *c, const char *where, const char *text, char **out)
{
	struct bytes whole = bytes_trim(bytes_str(text)), name = account_name(whole);
	struct buf all = { 0 };
	bool chosen = false;
	int code = CLIENT_REFUSED;

	if (name.len > 0)
		code = pick_name(c, kind_by_id(KIND_HOUSEHOLD), where, whole, name, &all, &chosen);
	return pick_done(c, code, chosen, &all, out);
}

/* Of lines NAME=VALUE the names. */
static int pick_each(struct client *c, const struct kind *record, const struct field *field,
		     struct bytes rest, struct buf *out, bool *chosen)
{
	const struct field *refs = field_by_tag(record, field->of);
	int code = CLIENT_DONE;

	while (rest.len > 0 && code == CLIENT_DONE && *chosen) {
		struct bytes line = record_each_line(&rest), key, value;

		if (out->len > 0)
			buf_u8(out, '\n');
		if (!record_each_part(line, &key, &value)) {
			buf_put_bytes(out, line); /* for the node to refuse */
			continue;
		}
		code = pick_part(c, record, refs, key, out, chosen);
		buf_u8(out, '=');
		buf_put_bytes(out, value);
	}
	return code;
}

bool pick_names(const struct field *field, const char *text)
{
	return (field_names(field) || field->type == T_EACH) &&
	       strspn(text, "0123456789-, ") != strlen(text);
}

int pick_field(struct client *c, const struct kind *record, const struct field *field,
	       const char *text, char **out)
{
	struct bytes rest = bytes_trim(bytes_str(text));
	bool names = field_named(field) != NULL, chosen = true;
	struct buf all = { 0 };
	int code = CLIENT_DONE;

	if (field->type == T_EACH)
		code = pick_each(c, record, field, rest, &all, &chosen);
	else if (!names)
		buf_put_bytes(&all, rest);
	while (names && rest.len > 0 && code == CLIENT_DONE && chosen) {
		struct bytes part = rest;

		if (field->type == T_REFS)
			part = bytes_part(&rest, true);
		else
			rest.len = 0;
		if (part.len == 0)
			continue;
		if (all.len > 0)
			buf_u8(&all, ',');
		code = pick_part(c, record, field, part, &all, &chosen);
	}
	return pick_done(c, code, chosen, &all, out);
}

/* A whole number, right or with a slip in it: nobody means part of another by it. */
static bool is_number(struct bytes text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.len; i++) {
		if ((text.p[i] < '0' || text.p[i] > '9') && text.p[i] != '-')
			return false;
		digits += text.p[i] != '-';
	}
	return digits >= HOUSEHOLD_DIGITS_MIN;
}

/* Whether the node knows whom the text names, and says so of this field alone: CLIENT_REFUSED when
 * it does not. What else it has against it is for the log to tell. */
static int pick_known(struct client *c, const struct kind *record, const struct field *field,
		      struct bytes text)
{
	struct params p = { .count = 0 };
	struct mp_val answer;
	struct ref ref;

	if (ref_parse(text, &ref) == 0 || is_number(text))
		return CLIENT_DONE;
	params_text(&p, "kind", record->name);
	params_bool(&p, "check", true);
	struct buf *fields = params_value(&p, "fields");
	mp_put_map(fields, 1);
	mp_put_cstr(fields, field->name);
	mp_put_str(fields, text);
	int code = client_call(c, "log", &p, &answer);

	return code == CLIENT_REFUSED && !pick_possible(c) ? CLIENT_DONE : code;
}

/* ---- who fits ---- */

static void put_part(struct buf *line, struct bytes text)
{
	if (text.len == 0)
		return;
	if (line->len > 0)
		buf_put_bytes(line, BYTES_LIT("  "));
	buf_put_bytes(line, text);
}

/* The row's fields of one type, as people read them. */
static void put_fields(const struct client *c, const struct kind *k, struct mp_val row,
		       enum field_type type, struct buf *line)
{
	struct mp_val fields;
	struct buf text = { 0 };

	for (size_t i = 0; answer_has(row, "fields", &fields) && i < k->count; i++) {
		if (k->fields[i].type != type)
			continue;
		buf_clear(&text);
		answer_value(c, &k->fields[i], row, answer_text(fields, k->fields[i].name), &text);
		put_part(line, buf_bytes(&text));
	}
	if (text.err != 0 && line->err == 0)
		line->err = text.err;
	buf_fini(&text);
}

/* "1507221022000001  王*山  wxs  宝山村委会  138****8000": enough to tell one from another. Of one
 * through whom another is meant, that other first: "1507221022000001 王*山  人  李*花  lxh". */
static void put_line(const struct client *c, const struct kind *wanted, const struct kind *k,
		     struct mp_val row, struct buf *line)
{
	if (k != wanted) {
		put_fields(c, k, row, T_REF, line);
		put_part(line, bytes_str(say(c, k->zh, k->name)));
	}
	put_part(line, answer_text(row, "number"));
	put_part(line, answer_text(row, "name"));
	put_part(line, answer_text(row, "initials"));
	if (!k->versioned)
		put_part(line, answer_text(row, "day"));
	put_part(line, answer_text(row, "division_name"));
	if (k == wanted)
		put_fields(c, k, row, T_REF, line);
	put_fields(c, k, row, T_ID, line);
	put_fields(c, k, row, T_PHONE, line);
}

/* Of a member his household's ref. */
static struct bytes subject_of(const struct kind *wanted, const struct kind *k, struct mp_val row)
{
	struct mp_val fields;

	if (k == wanted)
		return answer_text(row, "ref");
	for (size_t i = 0; answer_has(row, "fields", &fields) && i < k->count; i++)
		if (k->fields[i].type == T_REF && k->fields[i].of == wanted->id)
			return answer_text(fields, k->fields[i].name);
	return bytes_of(NULL, 0);
}

static struct offer *offers_known(struct offers *o, struct bytes ref)
{
	for (uint32_t i = 0; i < o->count; i++)
		if (bytes_equal(bytes_str(o->rows[i].ref), ref))
			return &o->rows[i];
	return NULL;
}

/* When it is full, one that is exactly so takes the place of one that is not: P1 rests on it. */
static struct offer *offers_room(struct offers *o, bool whole)
{
	if (o->count < PICK_MAX)
		return &o->rows[o->count++];
	o->more = true;
	for (uint32_t i = PICK_MAX; whole && i-- > 0;)
		if (!o->rows[i].whole)
			return &o->rows[i];
	return NULL;
}

static void offers_add(const struct client *c, const struct kind *k, struct mp_val row,
		       struct offers *o)
{
	bool whole = bytes_equal(answer_text(row, "fit"), BYTES_LIT("whole"));
	struct bytes ref = subject_of(o->kind, k, row);
	struct offer *known = offers_known(o, ref);
	struct buf line = { 0 };

	if (ref.len == 0 || ref.len >= REF_TEXT_MAX)
		return;
	if (known != NULL) { /* by another of its people, or better now */
		known->whole = known->whole || whole;
		return;
	}
	struct offer *new = offers_room(o, whole);

	if (new == NULL)
		return;
	*new = (struct offer){ .whole = whole, .at = o->text.len };
	(void)bytes_cstr(ref, new->ref, sizeof(new->ref));
	put_line(c, o->kind, k, row, &line);
	shown_put(&o->text, buf_bytes(&line));
	new->len = o->text.len - new->at;
	if (line.err != 0 && o->text.err == 0)
		o->text.err = line.err;
	buf_fini(&line);
}

/* Those of kind `asked` that fit, or whom they belong to. What cannot be looked for is nobody. */
static int offers_find(struct client *c, const struct kind *asked, struct bytes text,
		       struct offers *o)
{
	struct fault before = c->fault;
	struct params p = { .count = 0 };
	struct mp_val answer, row;

	params_bytes(&p, "text", text);
	params_text(&p, "kind", asked->name);
	params_uint(&p, "limit", PICK_MAX + 1);
	int code = client_call(c, "find", &p, &answer);

	if (code == CLIENT_REFUSED) { /* an older node's, or too long for any name */
		c->fault = before;
		return CLIENT_DONE;
	}
	if (code != CLIENT_DONE)
		return code;
	for (struct mp_rd r = answer_items(answer, "rows"); answer_next(&r, &row);)
		offers_add(c, asked, row, o);
	if (o->text.err != 0)
		return client_fail(c, CLIENT_FAILED, FAULT_NO_MEMORY, NULL, NULL, NULL);
	return CLIENT_DONE;
}

/* Exactly so beats any part; what remains stands in front. */
static bool offers_certain(struct offers *o)
{
	uint32_t whole = 0;

	for (uint32_t i = 0; i < o->count; i++)
		if (o->rows[i].whole)
			o->rows[whole++] = o->rows[i];
	if (whole > 0) {
		o->more = o->more && whole == PICK_MAX;
		o->count = whole;
	}
	return whole == 1;
}

/* ---- the choice ---- */

static void offer_taken(struct client *c, const struct offers *o, const struct offer *row,
			char ref[REF_TEXT_MAX])
{
	(void)fprintf(c->err, "%s %.*s\n", say(c, "选定：", "taken:"), (int)row->len,
		      (const char *)o->text.p + row->at);
	memcpy(ref, row->ref, REF_TEXT_MAX);
	buf_put_bytes(&c->picked, bytes_str(row->ref));
	buf_u8(&c->picked, '\n');
	buf_put(&c->picked, o->text.p + row->at, row->len);
	buf_u8(&c->picked, '\n');
}

struct bytes pick_shown(const struct client *c, struct bytes text)
{
	struct bytes rest = buf_bytes(&c->picked);

	while (rest.len > 0) { /* lines by two: a ref, what was shown of it */
		struct bytes pair[2];

		for (int i = 0; i < 2; i++) {
			const uint8_t *end = memchr(rest.p, '\n', rest.len);

			if (end == NULL)
				return text;
			pair[i] = bytes_of(rest.p, (size_t)(end - rest.p));
			rest = bytes_of(end + 1, rest.len - pair[i].len - 1);
		}
		if (bytes_equal(pair[0], text))
			return pair[1];
	}
	return text;
}

static void offers_print(struct client *c, const struct offers *o)
{
	for (uint32_t i = 0; i < o->count; i++)
		(void)fprintf(c->err, "  %2u  %.*s\n", i + 1, (int)o->rows[i].len,
			      (const char *)o->text.p + o->rows[i].at);
	if (o->more)
		(void)fprintf(c->err, "%s\n",
			      say(c, "      还有更多，多写几个字可缩小范围。",
				  "      There are more; write more of the name to narrow it."));
}

/* A number of the list. 0: it is none, but something to look for. */
static uint32_t chosen_of(const struct offers *o, const char *text)
{
	char half[16];

	if (!bytes_narrow(bytes_str(text), half, sizeof(half)))
		return 0;
	unsigned long n = strtoul(half, NULL, 10);
	size_t digits = strspn(half, "0123456789");

	return half[digits] == '\0' && n > 0 && n <= o->count ? (uint32_t)n : 0;
}

/* One or two digits beyond the list are a slip and no number of anybody's. */
static bool is_slip(const char *text)
{
	char half[16];

	if (!bytes_narrow(bytes_str(text), half, sizeof(half)))
		return false;
	size_t digits = strspn(half, "0123456789");

	return digits <= 2 && half[digits] == '\0';
}

/* *again: what was typed instead of a number of the list, to be looked for anew. */
static int pick_listed(struct client *c, struct offers *o, const char *where, struct bytes text,
		       char ref[REF_TEXT_MAX], char **again)
{
	char shown[FAULT_WHERE_MAX], count[16];
	char *typed = NULL;
	uint32_t n = 0;

	if (prompt_possible())
		(void)fprintf(c->err, "%s\n", say(c, "您指的是：", "Which one is meant:"));
	offers_print(c, o);
	(void)snprintf(count, sizeof(count), "%s%u", o->more ? ">" : "", o->count);
	(void)fault_say(&c->fault, o->count == 1 && !o->more ? FAULT_PICK_ONE : FAULT_PICK_SEVERAL,
			where, fault_typed(text, shown), count);
	client_term(c);
	if (!prompt_possible())
		return CLIENT_USAGE;
	for (bool slip = true; slip; slip = n == 0 && is_slip(typed)) {
		free(typed);
		typed = NULL;
		int rc = prompt_line(c,
				     say(c, "请输入序号（回车：都不是；也可以改写再找）",
					 "its number (Enter: none; or write it anew)"),
				     &typed);

		if (rc != 0)
			return rc == BF_EINVAL   ? CLIENT_DONE
			       : rc == BF_ENOMEM ? CLIENT_FAILED
						 : CLIENT_USAGE;
		n = chosen_of(o, typed);
	}
	if (n == 0) {
		*again = typed;
		return CLIENT_DONE;
	}
	offer_taken(c, o, &o->rows[n - 1], ref);
	free(typed);
	return CLIENT_DONE;
}
