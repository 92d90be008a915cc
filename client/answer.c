/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c -- see answer.h. */
#include "client/answer.h"

#include <string.h>

#include "protocol/calendar.h"
#include "protocol/codes.h"
#include "protocol/money.h"

enum { CHINA_MS = 8 * 3600 * 1000 };

static void put_english(const struct field *field, struct bytes text, struct buf *out);
static void put_word(const struct code_list *list, struct bytes word, struct buf *out);

void answer_print(const struct client *c, struct bytes text)
{
	if (text.len > 0)
		(void)fwrite(text.p, 1, text.len, c->out);
}

bool answer_has(struct mp_val map, const char *key, struct mp_val *out)
{
	return mp_find(map, key, out) && mp_type_of(*out) != MP_NIL;
}

struct bytes answer_text(struct mp_val map, const char *key)
{
	struct bytes text = bytes_of(NULL, 0);
	struct mp_val v;

	if (answer_has(map, key, &v))
		(void)mp_get_str(v, &text);
	return text;
}

int64_t answer_int(struct mp_val map, const char *key)
{
	int64_t n = 0;
	struct mp_val v;

	if (answer_has(map, key, &v))
		(void)mp_get_int(v, &n);
	return n;
}

bool answer_bool(struct mp_val map, const char *key)
{
	bool b = false;
	struct mp_val v;

	if (answer_has(map, key, &v))
		(void)mp_get_bool(v, &b);
	return b;
}

/* "户:0f3a…-12,0f3a…-13": the ref is what stands behind the last colon of each. */
void answer_named(struct mp_val entry, struct bytes refs, struct buf *out)
{
	struct mp_val names = { 0 };
	char ref[64];

	(void)answer_has(entry, "names", &names);
	for (size_t at = 0; at < refs.len;) {
		size_t end = at, from = at;

		for (; end < refs.len && refs.p[end] != ','; end++)
			if (refs.p[end] == ':')
				from = end + 1;
		struct bytes one = bytes_of(refs.p + from, end - from);
		struct bytes name = answer_text(names, bytes_cstr(one, ref, sizeof(ref)));
		buf_put(out, refs.p + at, from - at);
		buf_put_bytes(out, name.len > 0 ? name : one);
		if (end < refs.len)
			buf_put(out, "，", sizeof("，") - 1);
		at = end + 1;
	}
}

/* Lines of REF=VALUE as "who：value；who：value". */
static void put_each(struct mp_val entry, struct bytes lines, bool numbers, struct buf *out)
{
	while (lines.len > 0) {
		const uint8_t *end = memchr(lines.p, '\n', lines.len);
		size_t len = end != NULL ? (size_t)(end - lines.p) : lines.len;
		const uint8_t *mark = memchr(lines.p, '=', len);
		size_t key = mark != NULL ? (size_t)(mark - lines.p) : 0;

		struct buf who = { 0 };

		answer_named(entry, bytes_of(lines.p, key), &who);
		const uint8_t *blank = who.len > 0 ? memchr(who.p, ' ', who.len) : NULL;
		size_t from = blank == NULL || numbers ? 0 : (size_t)(blank - who.p) + 1;

		buf_put(out, who.p + from, who.len - from);
		buf_fini(&who);
		if (key > 0)
			buf_put_bytes(out, BYTES_LIT("："));
		key += mark != NULL;
		buf_put(out, lines.p + key, len - key);
		if (end != NULL)
			buf_put_bytes(out, BYTES_LIT("；"));
		lines = bytes_of(lines.p + len + (end != NULL), lines.len - len - (end != NULL));
	}
}

void answer_each_short(struct mp_val entry, struct bytes lines, struct buf *out)
{
	put_each(entry, lines, false, out);
}

struct bytes answer_each(struct bytes lines, struct bytes ref)
{
	while (lines.len > 0) {
		const uint8_t *end = memchr(lines.p, '\n', lines.len);
		size_t len = end != NULL ? (size_t)(end - lines.p) : lines.len;

		if (len > ref.len && lines.p[ref.len] == '=' &&
		    memcmp(lines.p, ref.p, ref.len) == 0)
			return bytes_of(lines.p + ref.len + 1, len - ref.len - 1);
		lines = bytes_of(lines.p + len + (end != NULL), lines.len - len - (end != NULL));
	}
	return lines;
}

void answer_value(const struct client *c, const struct field *field, struct mp_val entry,
		  struct bytes text, struct buf *out)
{
	struct buf named = { 0 };

	if (field_names(field) || field->type == T_DIVISION) {
		answer_named(entry, text, &named);
		text = buf_bytes(&named);
	} else if (field->type == T_EACH) {
		put_each(entry, text, true, &named);
		text = buf_bytes(&named);
	}
	if (c->lang == 'e')
		put_english(field, text, out);
	else
		buf_put_bytes(out, text);
	if (named.err != 0 && out->err == 0)
		out->err = named.err;
	buf_fini(&named);
}

void answer_field(const struct client *c, const struct kind *k, const struct field *field,
		  struct mp_val entry, struct buf *out)
{
	struct bytes text = { 0 }, place = answer_text(entry, "division_name");
	char money[MONEY_TEXT_MAX];
	struct mp_val fields;
	int64_t fen;

	if (answer_has(entry, "fields", &fields))
		text = answer_text(fields, field->name);
	if (text.len == 0)
		return;
	if (field->tag == k->place && place.len > 0) {
		buf_put_bytes(out, place);
	} else if (field->type == T_FEN && fen_parse(text, &fen) == 0) {
		buf_put_bytes(out, bytes_str(money_text(c, fen, money)));
		buf_u8(out, ' ');
		buf_put_bytes(out, bytes_str(money_unit(c)));
	} else {
		answer_value(c, field, entry, text, out);
	}
}

/* record_text's Chinese read backwards. What it is not, a newer node's code or a text, stays. */
static void put_english(const struct field *field, struct bytes text, struct buf *out)
{
	struct bytes head = BYTES_LIT("户:");
	size_t end;

	switch ((enum field_type)field->type) {
	case T_CODE:
		put_word(field->list, text, out);
		return;
	case T_CODES:
		for (size_t at = 0; at < text.len; at = end + 1) {
			for (end = at; end < text.len && text.p[end] != ',';)
				end++;
			put_word(field->list, bytes_of(text.p + at, end - at), out);
			if (end < text.len)
				buf_u8(out, ',');
		}
		return;
	case T_BOOL:
		if (bytes_equal(text, BYTES_LIT("是")))
			text = BYTES_LIT("yes");
		else if (bytes_equal(text, BYTES_LIT("否")))
			text = BYTES_LIT("no");
		break;
	case T_ACCOUNT:
		if (text.len >= head.len && memcmp(text.p, head.p, head.len) == 0) {
			buf_put_bytes(out, BYTES_LIT("household:"));
			text = bytes_of(text.p + head.len, text.len - head.len);
			break;
		}
		put_word(&list_party, text, out);
		return;
	default:
		break;
	}
	buf_put_bytes(out, text);
}

static void put_word(const struct code_list *list, struct bytes word, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		if (bytes_equal(word, bytes_str(list->codes[i].zh))) {
			buf_put_bytes(out, bytes_str(list->codes[i].en));
			return;
		}
	}
	buf_put_bytes(out, word);
}

int64_t answer_count(struct bytes refs)
{
	int64_t count = refs.len > 0;

	for (size_t i = 0; i < refs.len; i++)
		count += refs.p[i] == ',';
	return count;
}

bool answer_number(const struct field *field, struct bytes text, int64_t *out)
{
	int64_t n = 0;
	int64_t hours = 0;
	bool colon = false;

	if (text.len == 0 || text.len > 15)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == ':' && !colon && field->type == T_MINUTES) {
			colon = true;
			hours = n;
			n = 0;
			continue;
		}
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		n = n * 10 + (text.p[i] - '0');
	}
	*out = colon ? hours * 60 + n : n;
	return true;
}

void answer_facts(struct mp_val map, const char *prefix, struct sheet *s)
{
	struct mp_rd r = mp_rd_map(map);
	char name[64];
	char key[128];
	struct bytes text;
	int64_t n;
	bool b;

	while (r.left > 0 && r.err == 0) {
		(void)bytes_cstr(mp_take_str(&r), name, sizeof(name));
		(void)snprintf(key, sizeof(key), "%.60s%s", prefix, name);
		struct mp_val v = mp_take(&r);
		if (mp_get_str(v, &text) == 0)
			sheet_fact(s, key, text);
		else if (mp_get_int(v, &n) == 0)
			sheet_fact_int(s, key, n);
		else if (mp_get_bool(v, &b) == 0)
			sheet_fact_int(s, key, b);
		else if (mp_type_of(v) == MP_MAP && prefix[0] == '\0') {
			(void)snprintf(key, sizeof(key), "%s.", name);
			answer_facts(v, key, s);
		}
	}
}

struct mp_rd answer_items(struct mp_val map, const char *key)
{
	struct mp_val v;

	if (answer_has(map, key, &v) && mp_type_of(v) == MP_ARRAY)
		return mp_rd_array(v);
	return (struct mp_rd){ .left = 0 };
}

bool answer_next(struct mp_rd *r, struct mp_val *item)
{
	if (r->left == 0 || r->err != 0)
		return false;
	*item = mp_take(r);
	return r->err == 0;
}

struct bytes answer_words(const struct client *c, struct mp_val map)
{
	return answer_text(map, c->lang == 'z' ? "zh" : "en");
}

char *time_text(int64_t ms, char out[TIME_TEXT_MAX])
{
	char day[11];

	out[0] = '\0';
	if (ms <= 0)
		return out;
	int64_t minute = (ms + CHINA_MS) / 60000 % (24 * 60);
	(void)snprintf(out, TIME_TEXT_MAX, "%s %02d:%02d", day_print(day_of_ms(ms), day),
		       (int)(minute / 60), (int)(minute % 60));
	return out;
}

const char *one_or_many(int64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

char *time_ago(const struct client *c, int64_t ms, int64_t now_ms, char out[TIME_TEXT_MAX])
{
	static const struct {
		int64_t seconds;
		const char *zh, *en;
	} units[] = { { 86400, "天", "days" },
		      { 3600, "小时", "hours" },
		      { 60, "分钟", "minutes" },
		      { 1, "秒", "seconds" } };
	int64_t away = (ms > now_ms ? ms - now_ms : now_ms - ms) / 1000;
	bool later = ms > now_ms;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		long long n = away / units[i].seconds;
		if (n < (i == 0 ? 2 : 1))
			continue; /* 30 hours ago reads better than 1 day ago */
		if (c->lang == 'z')
			(void)snprintf(out, TIME_TEXT_MAX, "%lld %s%s", n, units[i].zh,
				       later ? "后" : "前");
		else
			(void)snprintf(out, TIME_TEXT_MAX, "%s%lld %.*s%s", later ? "in " : "", n,
				       (int)strlen(units[i].en) - (n == 1), units[i].en,
				       later ? "" : " ago");
		return out;
	}
	(void)snprintf(out, TIME_TEXT_MAX, "%s", say(c, "刚才", "now"));
	return out;
}

char *money_text(const struct client *c, int64_t fen, char out[MONEY_TEXT_MAX])
{
	if (!c->wan) {
		char yuan[32];
		(void)snprintf(out, MONEY_TEXT_MAX, "%s", fen_print(fen, yuan));
		return out;
	}
	/* 1 万元 is 1,000,000 fen: six decimals hold every fen. Cut zeros down to two decimals. */
	uint64_t size = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
	int n =
	    snprintf(out, MONEY_TEXT_MAX, "%s%llu.%06llu", fen < 0 ? "-" : "",
		     (unsigned long long)(size / 1000000), (unsigned long long)(size % 1000000));
	for (int kept = 6; kept > 2 && out[n - 1] == '0'; kept--)
		out[--n] = '\0';
	return out;
}

const char *money_unit(const struct client *c)
{
	return c->wan ? say(c, "万元", "10k yuan") : say(c, "元", "yuan");
}
