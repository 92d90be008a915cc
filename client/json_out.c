/* SPDX-License-Identifier: Apache-2.0 */
/* json_out.c -- see json_out.h. */
#include "client/json_out.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/shown.h"
#include "protocol/hex.h"
#include "protocol/money.h"

static json_t *json_value(struct mp_val v, const char *const *fen);
static json_t *json_list(struct mp_val v, const char *const *fen);
static json_t *json_map(struct mp_val v, const char *const *fen);
static json_t *json_hex(struct bytes b);
static bool is_fen(const char *key, const char *const *fen);
static struct bytes members_of(struct bytes object);
static int json_part(struct client *c, struct buf *part, char *text);

struct json_out json_out_of(struct mp_val v, const char *const *fen)
{
	return (struct json_out){ .own = json_value(v, fen) };
}

static json_t *json_value(struct mp_val v, const char *const *fen)
{
	struct bytes text;
	int64_t n;
	uint64_t u;
	bool b;

	switch (mp_type_of(v)) {
	case MP_NIL:
		return json_null();
	case MP_BOOL:
		return mp_get_bool(v, &b) == 0 ? json_boolean(b) : NULL;
	case MP_UINT:
	case MP_NEGINT:
		if (mp_get_int(v, &n) == 0)
			return json_integer(n);
		return mp_get_uint(v, &u) == 0 ? json_sprintf("%llu", (unsigned long long)u) : NULL;
	case MP_STR:
		return mp_get_str(v, &text) == 0 ? json_stringn((const char *)text.p, text.len)
						 : NULL;
	case MP_BIN:
		return mp_get_bin(v, &text) == 0 ? json_hex(text) : NULL;
	case MP_ARRAY:
		return json_list(v, fen);
	case MP_MAP:
		return json_map(v, fen);
	}
	return NULL;
}

static json_t *json_list(struct mp_val v, const char *const *fen)
{
	json_t *list = json_array();
	struct mp_rd r = mp_rd_array(v);

	while (list != NULL && r.left > 0) {
		if (json_array_append_new(list, json_value(mp_take(&r), fen)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* 0, or -1 when memory is out. */
static int member(json_t *map, const char *key, struct mp_val v, const char *const *fen)
{
	json_t *item = json_value(v, fen);
	char yuan_key[160];
	char yuan[32];
	int bad = 0;

	if (json_is_integer(item) && is_fen(key, fen)) {
		(void)snprintf(yuan_key, sizeof(yuan_key), "%s_yuan", key);
		bad = json_object_set_new(map, yuan_key,
					  json_string(fen_print(json_integer_value(item), yuan)));
	}
	return json_object_set_new(map, key, item) != 0 || bad != 0 ? -1 : 0;
}

static json_t *json_map(struct mp_val v, const char *const *fen)
{
	json_t *map = json_object();
	struct mp_rd r = mp_rd_map(v);
	char key[128];

	while (map != NULL && r.left > 0) {
		(void)bytes_cstr(mp_take_str(&r), key, sizeof(key));
		if (member(map, key, mp_take(&r), fen) != 0 || r.err != 0) {
			json_decref(map);
			return NULL;
		}
	}
	return map;
}

static json_t *json_hex(struct bytes b)
{
	char *hex = malloc(2 * b.len + 1);
	json_t *text = hex == NULL ? NULL : json_string(hex_put(b, hex));

	free(hex);
	return text;
}

static bool is_fen(const char *key, const char *const *fen)
{
	for (; fen != NULL && *fen != NULL; fen++) {
		if (strcmp(*fen, key) == 0)
			return true;
	}
	return false;
}

void json_out_member(struct json_out *object, const char *key, struct mp_val v,
		     const char *const *fen)
{
	if (object->own != NULL && member(object->own, key, v, fen) != 0) {
		json_decref(object->own);
		object->own = NULL;
	}
}

void json_out_set_int(struct json_out *to, const char *key, int64_t value)
{
	json_out_set(to, key, (struct json_out){ .own = json_integer(value) });
}

void json_out_set_bool(struct json_out *to, const char *key, bool value)
{
	json_out_set(to, key, (struct json_out){ .own = json_boolean(value) });
}

void json_out_set_text(struct json_out *to, const char *key, const char *value)
{
	json_out_set(to, key,
		     (struct json_out){ .own = value == NULL ? json_null() : json_string(value) });
}

struct json_out json_out_object(void)
{
	return (struct json_out){ .own = json_object() };
}

struct json_out json_out_array(void)
{
	return (struct json_out){ .own = json_array() };
}

void json_out_append(struct json_out *array, struct json_out item)
{
	if (json_array_append_new(array->own, item.own) != 0) {
		json_decref(array->own);
		array->own = NULL;
	}
}

void json_out_set(struct json_out *object, const char *key, struct json_out item)
{
	if (json_object_set_new(object->own, key, item.own) != 0) {
		json_decref(object->own);
		object->own = NULL;
	}
}

void json_out_drop(struct json_out *object, const char *key)
{
	(void)json_object_del(object->own, key);
}

int json_out_print(struct client *c, struct json_out *j)
{
	char *text = j->own == NULL ? NULL : json_dumps(j->own, JSON_INDENT(2) | JSON_ENCODE_ANY);
	struct buf out = { 0 };

	json_out_fini(j);
	if (text != NULL)
		shown_json(&out, bytes_str(text)); /* jansson escapes C0 and no other control */
	buf_u8(&out, '\n');
	bool whole = text != NULL && out.err == 0;
	free(text);
	if (whole)
		client_write(c, buf_bytes(&out));
	buf_fini(&out);
	if (whole)
		return CLIENT_DONE;
	return client_fail(c, CLIENT_FAILED, FAULT_INTERNAL, "json", "BF_ENOMEM", NULL);
}

/* ---- an object of one long array, in parts ---- */

int json_out_begin(struct client *c, struct json_out *head, const char *key)
{
	struct buf part = { 0 };
	char *text = head->own == NULL ? NULL : json_dumps(head->own, JSON_INDENT(2));

	json_out_fini(head);
	if (text != NULL) {
		struct bytes members = members_of(bytes_str(text));
		buf_put_bytes(&part, bytes_str("{\n"));
		shown_json(&part, members);
		if (members.len > 0)
			buf_put_bytes(&part, bytes_str(",\n"));
		buf_put_bytes(&part, bytes_str("  \""));
		buf_put_bytes(&part, bytes_str(key));
		buf_put_bytes(&part, bytes_str("\": ["));
	}
	return json_part(c, &part, text);
}

/* Line by line, two levels deep: line ends inside a text stand escaped. */
int json_out_item(struct client *c, struct json_out *item, bool first)
{
	struct buf part = { 0 };
	char *text =
	    item->own == NULL ? NULL : json_dumps(item->own, JSON_INDENT(2) | JSON_ENCODE_ANY);

	json_out_fini(item);
	if (!first)
		buf_u8(&part, ',');
	for (const char *line = text; line != NULL;) {
		size_t len = strcspn(line, "\n");
		buf_put_bytes(&part, bytes_str("\n    "));
		shown_json(&part, bytes_of(line, len));
		line = line[len] == '\n' ? line + len + 1 : NULL;
	}
	return json_part(c, &part, text);
}

int json_out_end(struct client *c, struct json_out *tail, bool empty)
{
	struct buf part = { 0 };
	char *text = tail->own == NULL ? NULL : json_dumps(tail->own, JSON_INDENT(2));

	json_out_fini(tail);
	if (text != NULL) {
		struct bytes members = members_of(bytes_str(text));
		buf_put_bytes(&part, bytes_str(empty ? "]" : "\n  ]"));
		if (members.len > 0)
			buf_put_bytes(&part, bytes_str(",\n"));
		shown_json(&part, members);
		buf_put_bytes(&part, bytes_str("\n}\n"));
	}
	return json_part(c, &part, text);
}

/* What stands between "{\n" and "\n}". */
static struct bytes members_of(struct bytes object)
{
	return object.len > 4 ? bytes_of(object.p + 2, object.len - 4) : (struct bytes){ 0 };
}

/* Write a part that was made of `text`, whole or not at all. Both are freed. */
static int json_part(struct client *c, struct buf *part, char *text)
{
	bool whole = text != NULL && part->err == 0;

	if (whole)
		client_write(c, buf_bytes(part));
	free(text);
	buf_fini(part);
	if (whole)
		return CLIENT_DONE;
	return client_fail(c, CLIENT_FAILED, FAULT_INTERNAL, "json", "BF_ENOMEM", NULL);
}

void json_out_fini(struct json_out *j)
{
	json_decref(j->own);
	j->own = NULL;
}

int json_out_answer(struct client *c, struct mp_val v, const char *const *fen)
{
	struct json_out j = json_out_of(v, fen);

	return json_out_print(c, &j);
}
