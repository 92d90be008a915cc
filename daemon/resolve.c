/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c -- see resolve.h. */
#include "daemon/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/desk.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "storage/place.h"

enum { SHOWN_MAX = FAULT_WHERE_MAX };

static int ask_division(void *ctx, struct bytes text, uint64_t *code, const char *where,
			struct fault *f)
{
	return resolve_division(ctx, text, code, where, f);
}

static int ask_subject(void *ctx, uint16_t kind, struct bytes text, struct ref *out,
		       const char *where, struct fault *f)
{
	return resolve_subject(ctx, kind, text, out, where, f);
}

struct asked_code {
	uint16_t kind;
	uint8_t tag;
	uint64_t code; /* 0: none */
};

static int see_code(void *ctx, const struct list_row *row)
{
	struct asked_code *asked = ctx;
	const struct value *v = row->record == NULL || row->entry.kind != asked->kind
				    ? NULL
				    : record_get(row->record, asked->tag);

	asked->code = v == NULL ? 0 : v->u;
	return 0;
}

static int ask_code(void *ctx, uint16_t kind, struct ref of, uint8_t tag, uint64_t *code)
{
	struct asked_code asked = { .kind = kind, .tag = tag };
	int rc = view_entry(((struct resolve *)ctx)->view, of, see_code, &asked);

	*code = asked.code;
	return rc == 0 && asked.code == 0 ? BF_ENOTFOUND : rc;
}

void resolve_init(struct resolve *r, struct node *node, struct view *v, struct desk *desk,
		  bool fresh)
{
	*r = (struct resolve){
		.ask = { .ctx = r,
			 .today = node_today(node),
			 .here = node->division,
			 .any_number = node->config.household_number == HOUSEHOLD_ANY,
			 .division = ask_division,
			 .subject = ask_subject,
			 .code = ask_code },
		.view = v,
		.desk = desk,
		.origin = node->origin,
		.hub = node->config.role == PART_HUB,
		.fresh = fresh,
	};
}

/* ---- places ---- */

struct nearest {
	const char *typed;
	uint64_t best;
	int least;
};

/* How many digits differ; two neighbours exchanged count as one. */
static int digits_apart(const char *a, const char *b)
{
	int apart = 0;

	for (int i = 0; i < DIVISION_DIGITS; i++) {
		if (a[i] == b[i])
			continue;
		apart++;
		if (i + 1 < DIVISION_DIGITS && a[i] == b[i + 1] && a[i + 1] == b[i])
			i++;
	}
	return apart;
}

static int consider(void *ctx, struct place p)
{
	struct nearest *n = ctx;
	char text[DIVISION_DIGITS + 1];
	int apart = digits_apart(n->typed, division_print(p.code, text));

	if (apart < n->least) {
		n->least = apart;
		n->best = p.code;
	}
	return 0;
}

/* "150722100201 某村": the known place most like an unknown code, within the deepest area of it
 * that is known. False when there is none. */
static bool suggest(struct view *v, uint64_t code, char *out, size_t cap)
{
	char typed[DIVISION_DIGITS + 1], like[DIVISION_DIGITS + 1], name[SHOWN_MAX];
	struct nearest n = { .typed = division_print(code, typed), .least = 3 };
	struct place p;
	uint64_t area = 0;

	for (int level = division_level(code) - 1; level >= LEVEL_PROVINCE && area == 0; level--)
		if (place_get(v, division_at(code, level), &p) == 0)
			area = p.code;
	if (area == 0)
		return false;
	place_walk(v, area, false, consider, &n);
	if (place_get(v, n.best != 0 ? n.best : area, &p) != 0)
		return false;
	snprintf(out, cap, "%s %s", division_print(p.code, like), fault_typed(p.name, name));
	return true;
}

/* A code that may well exist, but neither here nor above here: nothing is known of it. */
static int beyond(const struct resolve *r, uint64_t code, const char *where, struct fault *f)
{
	char typed[DIVISION_DIGITS + 1], here[DIVISION_DIGITS + 1], zh[SHOWN_MAX], en[SHOWN_MAX];

	division_print(r->ask.here, here);
	snprintf(zh, sizeof(zh), "%s范围（%s）", r->hub ? "本机" : "本站", here);
	snprintf(en, sizeof(en), "this %s's area (%s)", r->hub ? "hub" : "station", here);
	return fault_tell(f, FAULT_DIVISION_BEYOND, where, fault_words(division_print(code, typed)),
			  (struct words){ zh, en });
}

static int by_code(struct resolve *r, uint64_t code, struct bytes text, const char *where,
		   struct fault *f)
{
	char typed[SHOWN_MAX], like[160];
	struct bytes edition;
	struct place p;
	int rc = place_get(r->view, code, &p);

	if (rc != BF_ENOTFOUND)
		return rc;
	if (place_edition(r->view, &edition) == BF_ENOTFOUND)
		return fault_say(f, FAULT_NO_PLACES, where, NULL, NULL);
	if (r->ask.here != 0 && !division_within(code, r->ask.here) &&
	    !division_within(r->ask.here, code))
		return beyond(r, code, where, f);
	if (suggest(r->view, code, like, sizeof(like)))
		return fault_say(f, FAULT_DIVISION_UNKNOWN, where, fault_typed(text, typed), like);
	return fault_say(f, FAULT_DIVISION_ABSENT, where, fault_typed(text, typed), NULL);
}

/* "150105101221 榆林镇/榆林村, …": enough to choose one by. */
static void candidates(struct view *v, const struct place_found *found, char *out, size_t cap)
{
	enum { NAME_SHOWN = 40 };
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < found->count && i < PLACE_CODES_MAX && used < cap; i++) {
		char code[DIVISION_DIGITS + 1], name[NAME_SHOWN] = "", up[NAME_SHOWN] = "";
		int level = division_level(found->codes[i]);
		struct place p, above;

		if (place_get(v, found->codes[i], &p) == 0)
			bytes_cstr(p.name, name, sizeof(name));
		if (level > LEVEL_PROVINCE &&
		    place_get(v, division_at(found->codes[i], level - 1), &above) == 0)
			bytes_cstr(above.name, up, sizeof(up));
		used += (size_t)snprintf(out + used, cap - used, "%s%s %s%s%s", i > 0 ? "，" : "",
					 division_print(found->codes[i], code), up,
					 up[0] != '\0' ? "/" : "", name);
	}
	if (found->count > PLACE_CODES_MAX && used < cap)
		snprintf(out + used, cap - used, " …");
}

static struct bytes first_step(struct bytes *path)
{
	struct bytes step = *path;
	const uint8_t *slash = memchr(path->p, '/', path->len);

	if (slash != NULL)
		step.len = (size_t)(slash - path->p);
	path->p += step.len + (slash != NULL ? 1 : 0);
	path->len -= step.len + (slash != NULL ? 1 : 0);
	return bytes_trim(step);
}

int resolve_division(struct resolve *r, struct bytes text, uint64_t *code, const char *where,
		     struct fault *f)
{
	char typed[SHOWN_MAX], known[FAULT_TEXT_MAX];
	struct bytes rest = bytes_trim(text), edition;
	struct place_found found = { .count = 0 };
	uint64_t area = r->ask.here;

	if (rest.len > 0 && rest.p[0] >= '0' && rest.p[0] <= '9') {
		if (division_parse(rest, code) != 0)
			return fault_say(f, FAULT_DIVISION_CODE, where, fault_typed(rest, typed),
					 NULL);
		return by_code(r, *code, rest, where, f);
	}
	if (place_edition(r->view, &edition) == BF_ENOTFOUND)
		return fault_say(f, FAULT_NO_PLACES, where, NULL, NULL);
	int rc = rest.len == 0 || area == 0 ? BF_ENOTFOUND : 0;

	/* The first of several names may be above here, each next is within the one before. */
	for (bool above = true; rc == 0 && rest.len > 0; above = false) {
		rc = place_find(r->view, area, above, first_step(&rest), &found);
		if (rc == 0)
			*code = area = found.codes[0];
	}
	if (rc == BF_ENOTFOUND)
		return fault_say(f, FAULT_DIVISION_NAME, where, fault_typed(text, typed), NULL);
	if (rc == BF_EEXIST) {
		candidates(r->view, &found, known, sizeof(known));
		return fault_say(f, FAULT_DIVISION_SEVERAL, where, fault_typed(text, typed), known);
	}
	if (rc == 0 || rc == BF_EDAMAGED)
		return rc;
	return fault_of(f, rc, where);
}

/* ---- subjects ---- */

struct seen {
	uint32_t kind;
	bool creates, voided, malformed;
};

static int see(void *ctx, const struct list_row *row)
{
	struct seen *s = ctx;

	*s = (struct seen){ .kind = row->entry.kind,
			    .creates = ref_none(row->entry.subject),
			    .voided = row->voided,
			    .malformed = row->flaw.rc != 0 };
	return 0;
}

/* A sentence in which {a} is the kind's word in each language. */
static int say_kind(struct fault *f, enum fault_code code, const char *where, uint16_t id,
		    const char *b)
{
	const struct kind *k = kind_by_id(id);

	return fault_say_word(f, code, where, k == NULL ? "?" : k->zh, k == NULL ? "?" : k->name,
			      b);
}

/* What was typed is shown as it was typed, or its slip stays hidden: 0 for O, a digit too many.
 * Only where a person's number is asked for, all that could be one is masked. */
static int unknown(const struct resolve *r, struct fault *f, const char *where, uint16_t id,
		   struct bytes text)
{
	const struct kind *k = kind_by_id(id);
	const struct field *named = k == NULL ? NULL : field_by_tag(k, k->text_key);
	char typed[SHOWN_MAX];

	if (named != NULL && (named->flags & F_PERSONAL) != 0)
		return say_kind(f, FAULT_SUBJECT_UNKNOWN, where, id, fault_typed(text, typed));
	return fault_tell_typed(f, FAULT_SUBJECT_UNKNOWN, where,
				k == NULL ? (struct words){ "?", "?" }
					  : (struct words){ k->zh, k->name },
				text, r->ask.here);
}

/* A name or ref that is not there: perhaps not yet. */
static void absent(struct resolve *r)
{
	r->stale = r->stale || !r->fresh;
}

static int by_ref(struct resolve *r, uint16_t kind, struct ref ref, const char *where,
		  struct fault *f)
{
	char name[REF_TEXT_MAX];
	struct seen s = { 0 };
	uint16_t lately = r->desk == NULL ? 0 : desk_recent_kind(r->desk, ref);
	int rc = view_entry(r->view, ref, see, &s);

	if (rc == BF_ENOTFOUND && lately != 0) {
		s = (struct seen){ .kind = lately, .creates = true };
		rc = 0;
	}
	if (rc == BF_ENOTFOUND) {
		absent(r);
		return fault_say(f, FAULT_REF_UNKNOWN, where, ref_print(ref, name), NULL);
	}
	if (rc == BF_EDAMAGED)
		return rc;
	if (rc != 0)
		return fault_of(f, rc, where);
	if (s.voided)
		return fault_say_word(f, FAULT_REF_VOIDED, where, "", "", ref_print(ref, name));
	if (kind != 0 && (s.kind != kind || !s.creates))
		return say_kind(f, FAULT_REF_KIND, where, kind, ref_print(ref, name));
	if (kind != 0 && s.malformed) /* it has created nothing */
		return fault_say(f, FAULT_REF_MALFORMED, where, ref_print(ref, name), NULL);
	return 0;
}

int resolve_subject(struct resolve *r, uint16_t kind, struct bytes text, struct ref *out,
		    const char *where, struct fault *f)
{
	char typed[SHOWN_MAX];

	text = bytes_trim(text);
	if (ref_parse(text, out) == 0)
		return by_ref(r, kind, *out, where, f);
	if (kind == 0)
		return fault_say(f, FAULT_REF_FORM, where, fault_typed(text, typed), NULL);
	int rc = view_find(r->view, kind, text, out);

	/* What was renamed a moment ago is not called so any more, which the view may not see yet.
	 */
	if (rc == 0 && !r->fresh && r->desk != NULL && desk_renamed(r->desk, kind, text, *out))
		rc = BF_ENOTFOUND;
	if (rc == 0)
		return 0;
	if (rc == BF_EINVAL)
		return say_kind(f, FAULT_SUBJECT_FORM, where, kind, NULL);
	if (rc == BF_EDAMAGED)
		return rc;
	if (rc != 0 && rc != BF_ENOTFOUND)
		return fault_of(f, rc, where);
	if (r->desk != NULL && desk_recent(r->desk, kind, text, out) == RECENT_SAVED &&
	    view_voided(r->view, *out) == 0) {
		r->lately = true;
		return 0;
	}
	absent(r);
	return unknown(r, f, where, kind, text);
}

/* ---- entries ---- */

static bool is_last(const char *w)
{
	static const char *const words[] = { "last", "上一条", "最后一条" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(w, words[i]) == 0)
			return true;
	return false;
}

static int last(struct resolve *r, struct bytes author, struct ref *out, const char *where,
		struct fault *f)
{
	char who[AUTHOR_BYTES_MAX + 1], looks[16];
	int rc = view_last(r->view, r->origin, author, LAST_LOOKS_MAX, out);

	bytes_cstr(author, who, sizeof(who));
	snprintf(looks, sizeof(looks), "%d", LAST_LOOKS_MAX);
	if (rc == BF_ENOTFOUND)
		return fault_say(f, FAULT_LAST_NONE, where, who, NULL);
	return rc == BF_EBOUND ? fault_say(f, FAULT_LAST_FAR, where, who, looks) : rc;
}

/* "57", "#57", "-57", "0f3a…-57": the digits at the end, and what stands of the log's id. */
static bool numbered(const char *w, struct bytes *prefix, uint64_t *seq)
{
	static const char *const marks[] = { "#", "-", "...", "…" };
	size_t len = strlen(w), end = len;

	*seq = 0;
	while (end > 0 && w[end - 1] >= '0' && w[end - 1] <= '9')
		end--;
	for (size_t at = end; at < len; at++) {
		*seq = *seq * 10 + (uint64_t)(w[at] - '0');
		if (*seq > SEQ_MAX)
			return false;
	}
	for (size_t i = 0; end < len && i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t mark = strlen(marks[i]);

		if (end >= mark && memcmp(w + end - mark, marks[i], mark) == 0)
			end -= mark;
	}
	*prefix = bytes_of(w, end);
	return *seq > 0;
}

int resolve_entry(struct resolve *r, struct bytes text, struct bytes author, struct ref *out,
		  const char *where, struct fault *f)
{
	char w[SHOWN_MAX], typed[SHOWN_MAX];
	struct bytes prefix;
	uint64_t seq;

	if (!bytes_narrow(text, w, sizeof(w)))
		return fault_say(f, FAULT_REF_FORM, where, fault_typed(text, typed), NULL);
	if (ref_parse(bytes_str(w), out) == 0)
		return 0;
	if (is_last(w))
		return last(r, author, out, where, f);
	int rc = numbered(w, &prefix, &seq) ? view_numbered(r->view, prefix, seq, out) : BF_EFORMAT;

	if (rc == BF_EFORMAT)
		return fault_say(f, FAULT_REF_FORM, where, fault_typed(text, typed), NULL);
	if (rc == BF_ENOTFOUND)
		return fault_say(f, FAULT_REF_UNKNOWN, where, fault_typed(text, typed), NULL);
	if (rc == BF_EEXIST)
		return fault_say(f, FAULT_REF_SEVERAL, where, fault_typed(text, typed), NULL);
	return rc;
}
