/* SPDX-License-Identifier: Apache-2.0 */
/* import_judge.c -- see import_judge.h.
 *
 * A row's household is judged first, since its member points at it. Each of the two is looked for
 * among the items, else in the store; then what the row gives of it is added to what is known. */
#include "daemon/import_judge.h"

#include <stdio.h>
#include <string.h>

#include "daemon/methods.h"
#include "daemon/saving.h"
#include "protocol/errors.h"
#include "storage/flags.h"

/* In the order of a row's judging. */
static int household_row(struct judge *j, const struct row *row, uint32_t *index,
			 struct items_mark *m, struct fault *f);
static struct bytes head_of(const struct row *row);
static int member_row(struct judge *j, const struct row *row, uint32_t household, struct fault *f);
static int member_name(const struct judge *j, const struct row *row, uint32_t household,
		       struct buf *out);
static int member_judge(struct judge *j, const struct row *row, struct bytes name,
			uint32_t household, struct fault *f);
static int member_find(struct judge *j, const struct row *row, struct ref household,
		       struct ref *out);
static int find(struct judge *j, uint16_t kind, struct bytes text, struct ref *out);
static int find_called(struct judge *j, const struct row *row, struct ref household,
		       struct ref *out);
static int is_called(struct judge *j, const struct row *row, struct ref member,
		     struct ref household, bool *called, bool *here);
static int member_ref(void *ctx, const struct list_row *row);
static int one_household(const struct judge *j, const struct item *known, uint32_t household,
			 struct fault *f);
static int same_household(struct judge *j, const struct row *row, struct ref member,
			  struct ref household, struct fault *f);
static int judge_named(struct judge *j, const struct kind *k, struct bytes name,
		       const struct item *fresh, uint32_t *index, struct fault *f);
static int judge(struct judge *j, const struct kind *k, struct item *item, struct fault *f);
static int warn(struct judge *j, const struct record *whole, struct item *item);
static uint64_t head_lend(struct judge *j, const struct kind *k);
static int sofar_take(struct judge *j, const struct kind *k, const struct item *item);
static int state_take(struct judge *j, const struct kind *k, struct item *item);
static int sofar_add(struct judge *j, struct item *item, bool *changed, struct fault *f);
static const struct value *known_value(const struct judge *j, uint32_t i);
static void longer_number(struct judge *j, struct item *item);
static bool begins(const struct value *whole, const struct value *part);
static void forget_number(struct record *r);
static const struct value *text_name(const struct record *r, struct bytes *name);
static const struct field *member_field(const char *name);
static uint64_t bit_of(const char *member);

int judge_begin(struct judge *j, struct node *node, struct items *items)
{
	int rc = view_begin(node->store, &j->view);

	if (rc != 0)
		return rc;
	j->viewing = true;
	j->node = node;
	j->items = items;
	resolve_init(&j->ask, node, &j->view, NULL, true);
	return 0;
}

bool judge_end(struct judge *j)
{
	if (!j->viewing)
		return false;
	view_end(&j->view);
	j->viewing = false;
	return true;
}

void judge_fini(struct judge *j)
{
	(void)judge_end(j);
	record_fini(&j->given);
	record_fini(&j->sofar);
	record_fini(&j->state);
	buf_fini(&j->arena);
	buf_fini(&j->scratch);
}

/* ---- a row ---- */

int judge_row(struct judge *j, const struct row *row, struct fault *f)
{
	struct items_mark mark = items_mark(j->items);
	uint32_t household;
	int rc = household_row(j, row, &household, &mark, f);

	if (rc == 0 && row_member(row))
		rc = member_row(j, row, household, f);
	if (rc != 0)
		items_back(j->items, &mark);
	return rc;
}

void judge_tell(struct judge *j, const struct row *row, struct row_faults *to)
{
	row_tell_all(row, &j->ask, &j->given, &j->arena, to);
}

/* *m remembers the item that it may change. */
static int household_row(struct judge *j, const struct row *row, uint32_t *index,
			 struct items_mark *m, struct fault *f)
{
	const struct kind *k = kind_by_id(KIND_HOUSEHOLD);
	struct item fresh = { .kind = KIND_HOUSEHOLD, .line = row->from->line };
	struct bytes name;
	int rc = row_take(row, k, &j->ask, &j->given, &j->arena, f);

	if (rc != 0)
		return rc;
	j->head = head_of(row);
	text_name(&j->given, &name);
	if (items_find(j->items, k->id, name, index))
		items_mark_one(j->items, m, *index);
	else
		rc = find(j, KIND_HOUSEHOLD, name, &fresh.subject);
	return rc == 0 ? judge_named(j, k, name, &fresh, index, f) : rc;
}

/* The row is the head's: what he is called, for a file without a column 户主姓名. */
static struct bytes head_of(const struct row *row)
{
	const struct field *relation = member_field("relation");

	for (uint32_t i = 0; i < row->from->count; i++) {
		const struct rows_cell *cell = &row->from->cells[i];
		const struct code *c = row->columns[cell->heading].member != relation
					   ? NULL
					   : code_by_text(relation->list, cell->text);

		if (c != NULL && c == code_by_text(relation->list, BYTES_LIT("户主")))
			return row->name;
	}
	return (struct bytes){ 0 };
}

static int member_row(struct judge *j, const struct row *row, uint32_t household, struct fault *f)
{
	struct buf name = { 0 };
	int rc = row_take(row, kind_by_id(KIND_MEMBER), &j->ask, &j->given, &j->arena, f);

	if (rc == 0)
		rc = member_name(j, row, household, &name);
	if (rc == 0)
		rc = member_judge(j, row, buf_bytes(&name), household, f);
	buf_fini(&name);
	return rc;
}

/* What tells the members of a file apart. */
static int member_name(const struct judge *j, const struct row *row, uint32_t household,
		       struct buf *out)
{
	struct bytes id;

	if (text_name(&j->given, &id) != NULL) {
		buf_put_bytes(out, id);
		return out->err;
	}
	buf_put_bytes(out, items_name(j->items, items_at(j->items, household)));
	buf_u8(out, row->member_number.len > 0 ? 1 : 2);
	buf_put_bytes(out, row->member_number.len > 0 ? row->member_number : row->name);
	return out->err;
}

static int member_judge(struct judge *j, const struct row *row, struct bytes name,
			uint32_t household, struct fault *f)
{
	const struct kind *k = kind_by_id(KIND_MEMBER);
	struct ref of = items_at(j->items, household)->subject;
	struct item fresh = { .kind = KIND_MEMBER,
			      .line = row->from->line,
			      .household = household };
	uint8_t link[REF_BYTES];
	uint32_t index;
	bool known = items_find(j->items, k->id, name, &index);
	int rc;

	if (known)
		rc = one_household(j, items_at(j->items, index), household, f);
	else
		rc = member_find(j, row, of, &fresh.subject);
	if (rc == 0 && !known && !ref_none(fresh.subject))
		rc = same_household(j, row, fresh.subject, of, f);
	if (rc != 0)
		return rc;
	ref_put(ref_none(of) ? items_to_come(household) : of, link);
	judge_set_household(&j->given, link);
	return judge_named(j, k, name, &fresh, &index, f);
}

/* ---- who the member is ---- */

static int member_find(struct judge *j, const struct row *row, struct ref household,
		       struct ref *out)
{
	struct bytes id;

	*out = (struct ref){ 0 };
	if (text_name(&j->given, &id) != NULL)
		return find(j, KIND_MEMBER, id, out);
	return ref_none(household) ? 0 : find_called(j, row, household, out);
}

static int find(struct judge *j, uint16_t kind, struct bytes text, struct ref *out)
{
	int rc = view_find(&j->view, kind, text, out);

	if (rc == BF_ENOTFOUND)
		*out = (struct ref){ 0 };
	return rc == BF_ENOTFOUND ? 0 : rc;
}

/* Who has no ID is known by 人口编号 or name among those who are, or were, of the household: best
 * one who is. */
static int find_called(struct judge *j, const struct row *row, struct ref household,
		       struct ref *out)
{
	struct buf refs = { 0 };
	bool called, here = false;
	int rc = view_about(&j->view, household, UINT32_MAX, member_ref, &refs);

	rc = rc == BF_ENOTFOUND ? 0 : rc;
	rc = rc == 0 ? refs.err : rc;
	for (size_t at = 0; rc == 0 && !here && at < refs.len; at += sizeof(*out)) {
		struct ref one;

		memcpy(&one, refs.p + at, sizeof(one));
		rc = is_called(j, row, one, household, &called, &here);
		if (called && (here || ref_none(*out)))
			*out = one;
		here = here && called;
	}
	buf_fini(&refs);
	return rc;
}

/* Whether the member is called what the row says, as it stands now; and lives in the household. */
static int is_called(struct judge *j, const struct row *row, struct ref member,
		     struct ref household, bool *called, bool *here)
{
	bool numbered = row->member_number.len > 0;
	const struct value *v, *of;
	struct ref last;

	record_fini(&j->state);
	record_init(&j->state, kind_by_id(KIND_MEMBER));
	int rc = view_subject(&j->view, member, &j->state, &last);

	v = record_get(&j->state, member_field(numbered ? "number" : "name")->tag);
	of = judge_household(&j->state);
	*called = rc == 0 && v != NULL && view_voided(&j->view, member) == 0 &&
		  bytes_equal(v->s, numbered ? row->member_number : row->name);
	*here = of != NULL && ref_equal(ref_get(of->s.p), household);
	return view_err(&j->view, rc == BF_ENOTFOUND ? 0 : rc);
}

static int member_ref(void *ctx, const struct list_row *row)
{
	struct ref of = ref_none(row->entry.subject) ? row->ref : row->entry.subject;

	if (row->entry.kind == KIND_MEMBER)
		buf_put(ctx, &of, sizeof(of));
	return 0;
}

/* ---- one household (P2) ---- */

/* P2, within the file: the person stands in a row before, with another household. */
static int one_household(const struct judge *j, const struct item *known, uint32_t household,
			 struct fault *f)
{
	char line[16];

	if (known->household == household)
		return 0;
	snprintf(line, sizeof(line), "%u", known->line);
	return fault_tell_typed(f, FAULT_IMPORT_TWO_HOUSEHOLDS, "证件号码", fault_words(line),
				items_name(j->items, items_at(j->items, known->household)),
				j->ask.ask.here);
}

/* P2, against the store: who is known moves by an entry that says so, not by a line of a file. Of a
 * household that is void nobody is a member any more. */
static int same_household(struct judge *j, const struct row *row, struct ref member,
			  struct ref household, struct fault *f)
{
	struct record *state = &j->state;
	const struct value *v;
	struct bytes name;
	struct ref last, there;

	record_fini(state);
	record_init(state, kind_by_id(KIND_MEMBER));
	int rc = view_subject(&j->view, member, state, &last);

	v = rc == 0 ? judge_household(state) : NULL;
	if (v == NULL)
		return rc;
	there = ref_get(v->s.p);
	if (ref_equal(there, household))
		return 0;
	rc = view_voided(&j->view, there);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	record_fini(state);
	record_init(state, kind_by_id(KIND_HOUSEHOLD));
	rc = view_subject(&j->view, there, state, &last);
	if (rc != 0 && rc != BF_ENOTFOUND)
		return rc;
	text_name(state, &name);
	return fault_tell_typed(f, FAULT_IMPORT_ELSEWHERE, row->id.len > 0 ? "证件号码" : "户编号",
				fault_words(NULL), name.len == 0 ? BYTES_LIT("?") : name,
				j->ask.ask.here);
}

/* ---- one subject: new, changed or same ---- */

/* Judge j->given as of the item called `name`, named by a row before or else `fresh`. */
static int judge_named(struct judge *j, const struct kind *k, struct bytes name,
		       const struct item *fresh, uint32_t *index, struct fault *f)
{
	bool known = items_find(j->items, k->id, name, index);
	struct item item = known ? *items_at(j->items, *index) : *fresh;
	int rc = judge(j, k, &item, f);

	if (rc != 0)
		return rc;
	if (!known)
		return items_add(j->items, &item, name, index);
	*items_at(j->items, *index) = item;
	return 0;
}

/* The whole that it would be must pass; what is written is only what the rows give. */
static int judge(struct judge *j, const struct kind *k, struct item *item, struct fault *f)
{
	bool changed = false;
	int rc = sofar_take(j, k, item);

	if (rc == 0)
		rc = state_take(j, k, item);
	if (rc == 0 && k->id == KIND_MEMBER)
		longer_number(j, item);
	uint64_t lent = rc == 0 ? head_lend(j, k) : 0;

	if (rc == 0)
		rc = sofar_add(j, item, &changed, f);
	item->said &= ~lent;
	if (rc != 0 || (!changed && item->body_len + (size_t)!ref_none(item->subject) > 0))
		return rc;
	struct record *whole = &j->sofar;

	if (!ref_none(item->subject)) {
		whole = &j->state;
		methods_lay(whole, &j->sofar);
	}
	rc = row_at_field(record_check(whole, &j->ask.ask, f), f, k);
	if (rc == 0)
		rc = row_at_field(saving_place(&j->sofar, j->node, f), f, k);
	if (rc == 0)
		rc = items_put_body(j->items, item, &j->sofar);
	return rc == 0 ? warn(j, whole, item) : rc;
}

/* What the store says of it; and of the household of a member what the rows say, which it may not
 * know yet.
 */
static int warn(struct judge *j, const struct record *whole, struct item *item)
{
	struct record household = { 0 };
	int64_t unused;
	int rc = flags_draft(&j->view, whole, item->subject, 0, &item->flags, &unused);

	if (rc != 0 || item->kind != KIND_MEMBER || !flag_asks_head(whole))
		return rc;
	struct bytes body = items_body(j->items, items_at(j->items, item->household));

	record_init(&household, kind_by_id(KIND_HOUSEHOLD));
	if (body.len > 0 && record_take(&household, household.kind, body) == 0 &&
	    flag_relation(whole, flag_head_sex(&household)))
		item->flags |= FLAG_BIT(FLAG_RELATION);
	record_fini(&household);
	return 0;
}

/* A household without a head's name gets that of the member who is its head. No row says so in as
 * many words: one that does may still say another. Returns the field's bit, else 0. */
static uint64_t head_lend(struct judge *j, const struct kind *k)
{
	const struct field *head = field_by_name(k, BYTES_LIT("head"));
	bool named = k->id != KIND_HOUSEHOLD || record_has(&j->given, head->tag) ||
		     record_has(&j->sofar, head->tag) || record_has(&j->state, head->tag);

	/* A name that cannot be one is told where it stands, in the member's own field. */
	if (named || record_set_text(&j->given, head, j->head, &j->ask.ask, &j->arena, NULL) != 0 ||
	    !record_has(&j->given, head->tag))
		return 0;
	return UINT64_C(1) << (head - k->fields);
}

/* What the rows so far give of the item, into j->given's companion j->sofar. */
static int sofar_take(struct judge *j, const struct kind *k, const struct item *item)
{
	record_fini(&j->sofar);
	record_init(&j->sofar, k);
	if (item->body_len == 0)
		return 0;
	buf_renew(&j->scratch); /* a copy: bodies will grow while it is read */
	buf_put_bytes(&j->scratch, items_body(j->items, item));
	return j->scratch.err != 0 ? BF_ENOMEM : record_take(&j->sofar, k, buf_bytes(&j->scratch));
}

/* What is known of it before this import, into j->state. */
static int state_take(struct judge *j, const struct kind *k, struct item *item)
{
	record_fini(&j->state);
	record_init(&j->state, k);
	return ref_none(item->subject)
		   ? 0
		   : view_subject(&j->view, item->subject, &j->state, &item->base);
}

/* Add j->given to j->sofar: rows of one subject may add to one another, never contradict, whether
 * the store knew it before or not. A default, or what an ID says, is no row's word. */
static int sofar_add(struct judge *j, struct item *item, bool *changed, struct fault *f)
{
	const struct kind *k = j->given.kind;
	char first[16];

	*changed = false;
	for (uint32_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		const struct value *known = known_value(j, i);
		uint64_t bit = UINT64_C(1) << i;

		if ((j->given.has & bit) == 0)
			continue;
		bool same = known != NULL && methods_same(field, &j->given.v[i], known);

		if (!same && (item->said & bit) != 0) {
			snprintf(first, sizeof(first), "%u", item->line);
			return fault_say(f, FAULT_IMPORT_DIFFERS,
					 field->column != NULL ? field->column : field->name, first,
					 NULL);
		}
		item->said |= bit;
		if (same)
			continue;
		j->sofar.v[i] = j->given.v[i];
		j->sofar.has |= bit;
		*changed = true;
	}
	return 0;
}

/* What is known of a field, by the rows before or else by the store; NULL: nothing. */
static const struct value *known_value(const struct judge *j, uint32_t i)
{
	if ((j->sofar.has >> i & 1) != 0)
		return &j->sofar.v[i];
	return (j->state.has >> i & 1) != 0 ? &j->state.v[i] : NULL;
}

/* ---- a number and the longer number ---- */

/* A person's card number begins with the ID and says all that the ID says: of the two the longer
 * one holds, in whatever order they come. */
static void longer_number(struct judge *j, struct item *item)
{
	uint8_t id = member_field("id")->tag, word = member_field("document")->tag;
	const struct value *given = record_get(&j->given, id), *sofar = record_get(&j->sofar, id),
			   *state = record_get(&j->state, id), *document;

	if (begins(sofar, given) || begins(state, given))
		forget_number(&j->given);
	if (!begins(given, sofar) && !(sofar == NULL && begins(given, state)))
		return;
	document = record_get(sofar != NULL ? &j->sofar : &j->state, word);
	item->said &= ~bit_of("id");
	if (document != NULL && document->u == DOCUMENT_ID)
		item->said &= ~bit_of("document");
	forget_number(&j->sofar);
}

static bool begins(const struct value *whole, const struct value *part)
{
	return whole != NULL && part != NULL && whole->s.len > part->s.len &&
	       memcmp(whole->s.p, part->s.p, part->s.len) == 0;
}

/* Leave out the number, and the word for a document that it was the number of. */
static void forget_number(struct record *r)
{
	const struct value *document = record_get(r, member_field("document")->tag);

	r->has &= ~bit_of("id");
	if (document != NULL && document->u == DOCUMENT_ID)
		r->has &= ~bit_of("document");
}

/* ---- fields ---- */

/* What people call the subject of a record by; NULL when it has no such text. */
static const struct value *text_name(const struct record *r, struct bytes *name)
{
	const struct value *v = record_get(r, r->kind->text_key);

	*name = v == NULL ? (struct bytes){ 0 }
			  : record_name(field_by_tag(r->kind, r->kind->text_key), v->s);
	return v;
}

const struct value *judge_household(const struct record *member)
{
	return record_get(member, member_field("household")->tag);
}

void judge_set_household(struct record *member, const uint8_t ref[REF_BYTES])
{
	record_slot(member, member_field("household")->tag)->s = bytes_of(ref, REF_BYTES);
}

static const struct field *member_field(const char *name)
{
	return field_by_name(kind_by_id(KIND_MEMBER), bytes_str(name));
}

static uint64_t bit_of(const char *member)
{
	return UINT64_C(1) << (member_field(member) - kind_by_id(KIND_MEMBER)->fields);
}
