/* import_plan.c -- see import_plan.h.
 *
 * A row is read twice: as its household, then as its member. Headings name fields by the schema's
 * `column`; a few have a meaning of their own (places above the village, the household's number,
 * the document's number). What a heading means is looked up once for a file. */
#include "daemon/import_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "daemon/saving.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"
#include "storage/view.h"

enum { HEADING_PLACES = 5, SLOTS_MIN = 1024 /* a power of two */ };
/* Codes of list document whose number is a person's key. */
enum { DOCUMENT_ID = 1, DOCUMENT_DISABILITY = 2 };

/* One subject named by the rows: an entry to write, or one that is known and stays as it is.
 * Offsets fit: no buf grows past BUF_BYTES_MAX. */
struct item {
	struct ref subject, base; /* none: new */
	struct ref ref;           /* of the entry, once staged */
	uint32_t body, body_len;  /* in `bodies`; 0 length: nothing to write */
	uint32_t name, name_len;  /* in `names` */
	uint32_t line;            /* the first that names it */
	uint32_t household;       /* a member's: index of its item */
	uint64_t said;            /* fields that a row has given, equal to what is known or not */
	uint16_t kind;
};

/* What a heading of the file means. */
enum column_is {
	COLUMN_UNKNOWN,
	COLUMN_PLACE,  /* 省 市 县 乡 村: `place` */
	COLUMN_CODE,   /* of the place */
	COLUMN_FIELD,  /* of a kind, and nothing else */
	COLUMN_NUMBER, /* the household's; from here on fields too, and read out of turn */
	COLUMN_ID,
	COLUMN_MEMBER_NUMBER,
	COLUMN_NAME,
	COLUMN_DOCUMENT,
	COLUMN_SERIAL, /* of the row: nothing */
};
struct column {
	struct bytes heading;
	enum column_is is;
	uint32_t place;
	const struct field *household, *member;
};

struct plan {
	struct node *node;
	struct view view;
	bool viewing;
	struct resolve ask;
	struct column columns[ROWS_HEADINGS_MAX];
	struct record given, sofar, state; /* of one row; of the rows so far; before the import */
	struct buf arena, scratch, bodies, names, items, failed;
	uint32_t item_count, listed;
	uint64_t failed_count;
	uint32_t *slots; /* hash of kind and name -> index + 1; at most half are taken */
	uint32_t slot_count;
	struct plan_counts households, members;
	uint32_t done;          /* items passed by plan_save and durable */
	uint64_t saved, writes; /* entries durable, entries in all */
};

/* One row being read. */
struct row {
	const struct rows_row *from;
	uint64_t division; /* 0: not given */
	struct bytes number, id, member_number, name, document;
};

struct plan *plan_open(struct node *node)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->node = node;
	p->slot_count = SLOTS_MIN;
	p->slots = calloc(p->slot_count, sizeof(*p->slots));
	if (p->slots != NULL)
		return p;
	free(p);
	return NULL;
}

void plan_close(struct plan *p)
{
	if (p == NULL)
		return;
	plan_end(p);
	record_fini(&p->given);
	record_fini(&p->sofar);
	record_fini(&p->state);
	buf_fini(&p->arena);
	buf_fini(&p->scratch);
	buf_fini(&p->bodies);
	buf_fini(&p->names);
	buf_fini(&p->items);
	buf_fini(&p->failed);
	free(p->slots);
	free(p);
}

const struct plan_counts *plan_counts(const struct plan *p, uint16_t kind)
{
	return kind == KIND_HOUSEHOLD ? &p->households : &p->members;
}

uint64_t plan_failed(const struct plan *p, struct bytes *items, uint32_t *listed)
{
	*items = buf_bytes(&p->failed);
	*listed = p->listed;
	return p->failed_count;
}

uint64_t plan_saved(const struct plan *p)
{
	return p->saved;
}

uint64_t plan_to_save(const struct plan *p)
{
	return p->writes;
}

/* ---- items, found by kind and name ---- */

static struct item *item_at(const struct plan *p, uint32_t index)
{
	return (struct item *)(void *)p->items.p + index;
}

static struct bytes item_name(const struct plan *p, const struct item *item)
{
	return bytes_of(p->names.p + item->name, item->name_len);
}

static uint32_t *slot_of(struct plan *p, uint16_t kind, struct bytes name)
{
	uint64_t h = UINT64_C(1469598103934665603) ^ kind;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ name.p[i]) * UINT64_C(1099511628211);
	for (uint32_t at = (uint32_t)(h >> 16);; at++) {
		uint32_t *slot = &p->slots[at & (p->slot_count - 1)];
		const struct item *item = *slot == 0 ? NULL : item_at(p, *slot - 1);

		if (item == NULL)
			return slot;
		if (item->kind == kind && bytes_equal(item_name(p, item), name))
			return slot;
	}
}

/* Items go back in by rising index: the newest is always the last of its chain. */
static int slots_grow(struct plan *p)
{
	uint32_t *wider = calloc((size_t)p->slot_count * 2, sizeof(*wider));

	if (wider == NULL)
		return BF_ENOMEM;
	free(p->slots);
	p->slots = wider;
	p->slot_count *= 2;
	for (uint32_t i = 0; i < p->item_count; i++) {
		const struct item *item = item_at(p, i);

		*slot_of(p, item->kind, item_name(p, item)) = i + 1;
	}
	return 0;
}

static int item_add(struct plan *p, const struct item *item, struct bytes name, uint32_t *index)
{
	struct item kept = *item;

	if (2 * (p->item_count + 1) > p->slot_count && slots_grow(p) != 0)
		return BF_ENOMEM;
	if (p->bodies.len + p->names.len + p->items.len > PLAN_BYTES_MAX)
		return BF_EBOUND;
	uint32_t *slot = slot_of(p, item->kind, name);

	kept.name = (uint32_t)p->names.len;
	kept.name_len = (uint32_t)name.len;
	buf_put_bytes(&p->names, name);
	buf_put(&p->items, &kept, sizeof(kept));
	if (p->names.err != 0 || p->items.err != 0)
		return p->names.err != 0 ? p->names.err : p->items.err;
	*index = p->item_count++;
	*slot = *index + 1;
	return 0;
}

/* Where the plan stood before a row (P1). Of the items that were there, a row changes none but its
 * household's before it may still be refused. */
struct mark {
	size_t bodies;
	uint32_t items;
	uint32_t index; /* of the household, when it was there */
	struct item household;
};

static void plan_back(struct plan *p, const struct mark *m)
{
	while (p->item_count > m->items) { /* the newest first: each is the last of its chain */
		const struct item *item = item_at(p, --p->item_count);

		*slot_of(p, item->kind, item_name(p, item)) = 0;
		p->names.len = item->name;
		p->items.len -= sizeof(*item);
	}
	if (m->index < m->items)
		*item_at(p, m->index) = m->household;
	p->bodies.len = m->bodies;
}

/* ---- a row's headings ---- */

static bool is(struct bytes a, const char *word)
{
	return bytes_equal(a, bytes_str(word));
}

static struct column column_of(struct bytes heading)
{
	static const struct {
		const char *word;
		enum column_is is;
		uint32_t place;
	} words[] = {
		{ "省", COLUMN_PLACE, 0 },      { "市", COLUMN_PLACE, 1 },
		{ "县", COLUMN_PLACE, 2 },      { "乡", COLUMN_PLACE, 3 },
		{ "村", COLUMN_PLACE, 4 },      { "区划代码", COLUMN_CODE, 0 },
		{ "行政区划", COLUMN_CODE, 0 }, { "行政区划代码", COLUMN_CODE, 0 },
		{ "division", COLUMN_CODE, 0 }, { "户编号", COLUMN_NUMBER, 0 },
		{ "证件号码", COLUMN_ID, 0 },   { "人口编号", COLUMN_MEMBER_NUMBER, 0 },
		{ "姓名", COLUMN_NAME, 0 },     { "证件类型", COLUMN_DOCUMENT, 0 },
		{ "序号", COLUMN_SERIAL, 0 },
	};
	struct column c = { .heading = heading,
			    .household = field_by_name(kind_by_id(KIND_HOUSEHOLD), heading),
			    .member = field_by_name(kind_by_id(KIND_MEMBER), heading) };

	c.is = c.household != NULL || c.member != NULL ? COLUMN_FIELD : COLUMN_UNKNOWN;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is(heading, words[i].word)) {
			c.is = words[i].is;
			c.place = words[i].place;
		}
	return c;
}

int plan_begin(struct plan *p, const struct rows *from)
{
	int rc = view_begin(p->node->store, &p->view);

	if (rc != 0)
		return rc;
	p->viewing = true;
	resolve_init(&p->ask, p->node, &p->view, NULL, true);
	for (uint32_t i = 0; i < rows_headings(from); i++)
		p->columns[i] = column_of(rows_heading(from, i));
	return 0;
}

static const struct column *column_at(const struct plan *p, const struct rows_cell *cell)
{
	return &p->columns[cell->heading];
}

/* The place: by code when there is one, else by the names from the province down. */
static int row_place(struct plan *p, struct row *row, struct bytes code,
		     const struct bytes names[HEADING_PLACES], struct fault *f)
{
	struct buf path = { 0 };
	int rc = 0;

	if (code.len > 0)
		return resolve_division(&p->ask, code, &row->division, "区划代码", f);
	for (size_t i = 0; i < HEADING_PLACES; i++) {
		if (names[i].len == 0)
			continue;
		if (path.len > 0)
			buf_u8(&path, '/');
		buf_put_bytes(&path, names[i]);
	}
	if (path.len > 0 && path.err == 0)
		rc = resolve_division(&p->ask, buf_bytes(&path), &row->division, "村", f);
	buf_fini(&path);
	return rc;
}

/* What a heading that nothing knows holds would be lost without a word. */
static int unknown_heading(struct bytes heading, struct fault *f)
{
	char shown[FAULT_WHERE_MAX];

	return fault_say(f, FAULT_IMPORT_HEADING, fault_typed(heading, shown), NULL, NULL);
}

static int row_read(struct plan *p, const struct rows_row *from, struct row *row, struct fault *f)
{
	struct bytes names[HEADING_PLACES] = { 0 }, code = { 0 };

	*row = (struct row){ .from = from };
	if (from->form == ROW_LONG)
		return fault_say(f, FAULT_RECORD_LONG, NULL, "16000", NULL);
	if (from->form != ROW_SOUND)
		return fault_say(f, FAULT_IMPORT_ROW, NULL, NULL, NULL);
	for (uint32_t i = 0; i < from->count; i++) {
		const struct column *column = column_at(p, &from->cells[i]);
		struct bytes text = from->cells[i].text;

		switch (column->is) {
		case COLUMN_UNKNOWN:
			return unknown_heading(column->heading, f);
		case COLUMN_PLACE:
			names[column->place] = text;
			break;
		case COLUMN_CODE:
			code = text;
			break;
		case COLUMN_NUMBER:
			row->number = text;
			break;
		case COLUMN_ID:
			row->id = text;
			break;
		case COLUMN_MEMBER_NUMBER:
			row->member_number = text;
			break;
		case COLUMN_NAME:
			row->name = text;
			break;
		case COLUMN_DOCUMENT:
			row->document = text;
			break;
		case COLUMN_FIELD:
		case COLUMN_SERIAL:
			break;
		}
	}
	if (row->number.len == 0)
		return fault_say(f, FAULT_IMPORT_COLUMN, "户编号", NULL, NULL);
	return row_place(p, row, code, names, f);
}

/* ---- fields ---- */

/* A fault of a field that came from a column names the column. */
static int at_column(int rc, struct fault *f, struct bytes heading)
{
	if (rc != 0 && f->code != FAULT_NONE)
		bytes_cstr(heading, f->where, sizeof(f->where));
	return rc;
}

static bool row_member(const struct row *row)
{
	return row->name.len + row->id.len + row->member_number.len > 0;
}

/* A heading that both kinds know belongs to the one whose column it is, else to the member. */
static bool others_cell(const struct kind *k, const struct column *column, const struct row *row)
{
	bool member = k->id == KIND_MEMBER;
	const struct field *field = member ? column->member : column->household;
	const struct field *there = member ? column->household : column->member;

	if (there == NULL || (field->column != NULL && is(column->heading, field->column)))
		return false;
	return (there->column != NULL && is(column->heading, there->column)) ||
	       (!member && row_member(row));
}

/* Where a cell belongs in a record of the kind; NULL when it does not. */
static const struct field *cell_field(const struct kind *k, const struct row *row,
				      const struct column *column)
{
	const struct field *field = k->id == KIND_MEMBER ? column->member : column->household;
	const struct code *document;

	if (field == NULL || field->type == T_DIVISION || field->type == T_REF ||
	    others_cell(k, column, row))
		return NULL;
	if (k->id == KIND_MEMBER && column->is == COLUMN_ID) {
		document =
		    code_by_text(field_by_name(k, BYTES_LIT("document"))->list, row->document);
		if (document != NULL && document->code != DOCUMENT_ID &&
		    document->code != DOCUMENT_DISABILITY)
			return field_by_name(k, BYTES_LIT("other-document"));
	}
	return field;
}

/* p->given from the row's cells. */
static int cells_take(struct plan *p, const struct kind *k, const struct row *row, struct fault *f)
{
	int rc = 0;

	record_fini(&p->given);
	record_init(&p->given, k);
	buf_clear(&p->arena);
	for (uint32_t i = 0; rc == 0 && i < row->from->count; i++) {
		const struct rows_cell *cell = &row->from->cells[i];
		const struct column *column = column_at(p, cell);
		const struct field *field = cell_field(k, row, column);

		if (field != NULL)
			rc = at_column(record_set_text(&p->given, field, cell->text, &p->ask.ask,
						       &p->arena, f),
				       f, column->heading);
	}
	if (rc == 0 && row->division != 0)
		record_slot(&p->given, k->place)->u = row->division;
	return rc;
}

/* The column of the field that a check complained of. */
static int at_field(int rc, struct fault *f, const struct kind *k)
{
	const struct field *field =
	    rc == 0 || f->code == FAULT_NONE ? NULL : field_by_name(k, bytes_str(f->where));

	if (field != NULL && field->column != NULL)
		bytes_cstr(bytes_str(field->column), f->where, sizeof(f->where));
	return rc;
}

static const struct field *member_field(const char *name)
{
	return field_by_name(kind_by_id(KIND_MEMBER), bytes_str(name));
}

/* What people call the subject of a record by; NULL when it has no such text. */
static const struct value *text_name(const struct record *r, struct bytes *name)
{
	const struct value *v = record_get(r, r->kind->text_key);

	*name = v == NULL ? (struct bytes){ 0 }
			  : record_name(field_by_tag(r->kind, r->kind->text_key), v->s);
	return v;
}

/* ---- one subject of a row: new, changed or same ---- */

/* What the rows so far give of the item, into p->given's companion p->sofar. */
static int sofar_take(struct plan *p, const struct kind *k, const struct item *item)
{
	record_fini(&p->sofar);
	record_init(&p->sofar, k);
	if (item->body_len == 0)
		return 0;
	buf_clear(&p->scratch); /* a copy: bodies will grow while it is read */
	buf_put(&p->scratch, p->bodies.p + item->body, item->body_len);
	return p->scratch.err != 0 ? BF_ENOMEM : record_take(&p->sofar, k, buf_bytes(&p->scratch));
}

/* What is known of it before this import, into p->state. */
static int state_take(struct plan *p, const struct kind *k, struct item *item)
{
	record_fini(&p->state);
	record_init(&p->state, k);
	return ref_none(item->subject)
		   ? 0
		   : view_subject(&p->view, item->subject, &p->state, &item->base);
}

static uint64_t bit_of(const char *member)
{
	return UINT64_C(1) << (member_field(member) - kind_by_id(KIND_MEMBER)->fields);
}

/* Leave out the number, and the word for a document that it was the number of. */
static void forget_number(struct record *r)
{
	const struct value *document = record_get(r, member_field("document")->tag);

	r->has &= ~bit_of("id");
	if (document != NULL && document->u == DOCUMENT_ID)
		r->has &= ~bit_of("document");
}

static bool begins(const struct value *whole, const struct value *part)
{
	return whole != NULL && part != NULL && whole->s.len > part->s.len &&
	       memcmp(whole->s.p, part->s.p, part->s.len) == 0;
}

/* A person's card number begins with the ID and says all that the ID says: of the two the longer
 * one holds, in whatever order they come. */
static void longer_number(struct plan *p, struct item *item)
{
	uint8_t id = member_field("id")->tag, word = member_field("document")->tag;
	const struct value *given = record_get(&p->given, id), *sofar = record_get(&p->sofar, id),
			   *state = record_get(&p->state, id), *document;

	if (begins(sofar, given) || begins(state, given))
		forget_number(&p->given);
	if (!begins(given, sofar) && !(sofar == NULL && begins(given, state)))
		return;
	document = record_get(sofar != NULL ? &p->sofar : &p->state, word);
	item->said &= ~bit_of("id");
	if (document != NULL && document->u == DOCUMENT_ID)
		item->said &= ~bit_of("document");
	forget_number(&p->sofar);
}

/* What is known of a field, by the rows before or else by the store; NULL: nothing. */
static const struct value *known_value(const struct plan *p, uint32_t i)
{
	if ((p->sofar.has >> i & 1) != 0)
		return &p->sofar.v[i];
	return (p->state.has >> i & 1) != 0 ? &p->state.v[i] : NULL;
}

/* Add p->given to p->sofar: rows of one subject may add to one another, never contradict, whether
 * the store knew it before or not. A default, or what an ID says, is no row's word. */
static int sofar_add(struct plan *p, struct item *item, bool *changed, struct fault *f)
{
	const struct kind *k = p->given.kind;
	char first[16];

	*changed = false;
	for (uint32_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		const struct value *known = known_value(p, i);
		uint64_t bit = UINT64_C(1) << i;

		if ((p->given.has & bit) == 0)
			continue;
		bool same = known != NULL && methods_same(field, &p->given.v[i], known);

		if (!same && (item->said & bit) != 0) {
			snprintf(first, sizeof(first), "%u", item->line);
			return fault_say(f, FAULT_IMPORT_DIFFERS,
					 field->column != NULL ? field->column : field->name, first,
					 NULL);
		}
		item->said |= bit;
		if (same)
			continue;
		p->sofar.v[i] = p->given.v[i];
		p->sofar.has |= bit;
		*changed = true;
	}
	return 0;
}

/* The whole that it would be must pass; what is written is only what the rows give. */
static int judge(struct plan *p, const struct kind *k, struct item *item, struct fault *f)
{
	bool changed = false;
	int rc = sofar_take(p, k, item);

	if (rc == 0)
		rc = state_take(p, k, item);
	if (rc == 0 && k->id == KIND_MEMBER)
		longer_number(p, item);
	if (rc == 0)
		rc = sofar_add(p, item, &changed, f);
	if (rc != 0 || (!changed && item->body_len + (size_t)!ref_none(item->subject) > 0))
		return rc;
	struct record *whole = &p->sofar;

	if (!ref_none(item->subject)) {
		whole = &p->state;
		methods_lay(whole, &p->sofar);
	}
	rc = at_field(record_check(whole, &p->ask.ask, f), f, k);
	if (rc == 0)
		rc = at_field(saving_place(&p->sofar, p->node, f), f, k);
	if (rc != 0)
		return rc;
	size_t at = p->bodies.len;

	rc = record_put(&p->sofar, &p->bodies);
	if (rc != 0)
		return rc;
	item->body = (uint32_t)at;
	item->body_len = (uint32_t)(p->bodies.len - at);
	return 0;
}

/* Judge p->given as of the item called `name`, named by a row before or else `fresh`. */
static int judge_named(struct plan *p, const struct kind *k, struct bytes name,
		       const struct item *fresh, uint32_t *index, struct fault *f)
{
	uint32_t slot = *slot_of(p, k->id, name);
	struct item item = slot != 0 ? *item_at(p, slot - 1) : *fresh;
	int rc = judge(p, k, &item, f);

	if (rc != 0)
		return rc;
	if (slot == 0)
		return item_add(p, &item, name, index);
	*index = slot - 1;
	*item_at(p, *index) = item;
	return 0;
}

static int find(struct plan *p, uint16_t kind, struct bytes text, struct ref *out)
{
	int rc = view_find(&p->view, kind, text, out);

	if (rc == BF_ENOTFOUND)
		*out = (struct ref){ 0 };
	return rc == BF_ENOTFOUND ? 0 : rc;
}

/* *m remembers the item that it may change. */
static int household_row(struct plan *p, const struct row *row, uint32_t *index, struct mark *m,
			 struct fault *f)
{
	const struct kind *k = kind_by_id(KIND_HOUSEHOLD);
	struct item fresh = { .kind = KIND_HOUSEHOLD, .line = row->from->line };
	struct bytes name;
	int rc = cells_take(p, k, row, f);

	if (rc != 0)
		return rc;
	text_name(&p->given, &name);
	uint32_t slot = *slot_of(p, k->id, name);

	if (slot != 0) {
		m->index = slot - 1;
		m->household = *item_at(p, slot - 1);
	} else {
		rc = find(p, KIND_HOUSEHOLD, name, &fresh.subject);
	}
	return rc == 0 ? judge_named(p, k, name, &fresh, index, f) : rc;
}

/* ---- members ---- */

/* Stands for the ref of a household that has none yet; no origin is all ones. */
static struct ref to_come(uint32_t index)
{
	return (struct ref){ .origin = UINT64_MAX, .seq = index + 1 };
}

static const struct value *household_of(const struct record *member)
{
	return record_get(member, member_field("household")->tag);
}

static int member_ref(void *ctx, const struct list_row *row)
{
	struct ref of = ref_none(row->entry.subject) ? row->ref : row->entry.subject;

	if (row->entry.kind == KIND_MEMBER)
		buf_put(ctx, &of, sizeof(of));
	return 0;
}

/* Whether the member is called what the row says, as it stands now; and lives in the household. */
static int is_called(struct plan *p, const struct row *row, struct ref member, struct ref household,
		     bool *called, bool *here)
{
	bool numbered = row->member_number.len > 0;
	const struct value *v, *of;
	struct ref last;

	record_fini(&p->state);
	record_init(&p->state, kind_by_id(KIND_MEMBER));
	int rc = view_subject(&p->view, member, &p->state, &last);

	v = record_get(&p->state, member_field(numbered ? "number" : "name")->tag);
	of = household_of(&p->state);
	*called = rc == 0 && v != NULL && !view_voided(&p->view, member) &&
		  bytes_equal(v->s, numbered ? row->member_number : row->name);
	*here = of != NULL && ref_equal(ref_get(of->s.p), household);
	return rc == BF_ENOTFOUND ? 0 : rc;
}

/* Who has no ID is known by 人口编号 or name among those who are, or were, of the household: best
 * one who is. */
static int find_called(struct plan *p, const struct row *row, struct ref household, struct ref *out)
{
	struct buf refs = { 0 };
	bool called, here = false;
	int rc = view_about(&p->view, household, UINT32_MAX, member_ref, &refs);

	rc = rc == BF_ENOTFOUND ? 0 : rc;
	rc = rc == 0 ? refs.err : rc;
	for (size_t at = 0; rc == 0 && !here && at < refs.len; at += sizeof(*out)) {
		struct ref one;

		memcpy(&one, refs.p + at, sizeof(one));
		rc = is_called(p, row, one, household, &called, &here);
		if (called && (here || ref_none(*out)))
			*out = one;
		here = here && called;
	}
	buf_fini(&refs);
	return rc;
}

static int member_find(struct plan *p, const struct row *row, struct ref household, struct ref *out)
{
	struct bytes id;

	*out = (struct ref){ 0 };
	if (text_name(&p->given, &id) != NULL)
		return find(p, KIND_MEMBER, id, out);
	return ref_none(household) ? 0 : find_called(p, row, household, out);
}

/* What tells the members of a file apart. */
static int member_name(const struct plan *p, const struct row *row, struct buf *out)
{
	struct bytes id;

	if (text_name(&p->given, &id) != NULL) {
		buf_put_bytes(out, id);
		return out->err;
	}
	buf_put_bytes(out, row->number);
	buf_u8(out, row->member_number.len > 0 ? 1 : 2);
	buf_put_bytes(out, row->member_number.len > 0 ? row->member_number : row->name);
	return out->err;
}

/* P2, within the file: the person stands in a row before, with another household. */
static int one_household(const struct plan *p, const struct item *known, uint32_t household,
			 struct fault *f)
{
	char line[16], number[FAULT_WHERE_MAX];

	if (known->household == household)
		return 0;
	snprintf(line, sizeof(line), "%u", known->line);
	return fault_say(f, FAULT_IMPORT_TWO_HOUSEHOLDS, "证件号码", line,
			 fault_typed(item_name(p, item_at(p, known->household)), number));
}

/* P2, against the store: who is known moves by an entry that says so, not by a line of a file. Of a
 * household that is void nobody is a member any more. */
static int same_household(struct plan *p, const struct row *row, struct ref member,
			  struct ref household, struct fault *f)
{
	struct record *state = &p->state;
	char number[FAULT_WHERE_MAX];
	const struct value *v;
	struct bytes name;
	struct ref last, there;

	record_fini(state);
	record_init(state, kind_by_id(KIND_MEMBER));
	int rc = view_subject(&p->view, member, state, &last);

	v = rc == 0 ? household_of(state) : NULL;
	if (v == NULL)
		return rc;
	there = ref_get(v->s.p);
	if (ref_equal(there, household) || view_voided(&p->view, there))
		return 0;
	record_fini(state);
	record_init(state, kind_by_id(KIND_HOUSEHOLD));
	rc = view_subject(&p->view, there, state, &last);
	if (rc != 0 && rc != BF_ENOTFOUND)
		return rc;
	text_name(state, &name);
	return fault_say(f, FAULT_IMPORT_ELSEWHERE, row->id.len > 0 ? "证件号码" : "户编号",
			 name.len == 0 ? "?" : fault_typed(name, number), NULL);
}

static int member_judge(struct plan *p, const struct row *row, struct bytes name,
			uint32_t household, struct fault *f)
{
	const struct kind *k = kind_by_id(KIND_MEMBER);
	struct ref of = item_at(p, household)->subject;
	uint32_t slot = *slot_of(p, k->id, name), index;
	struct item fresh = { .kind = KIND_MEMBER,
			      .line = row->from->line,
			      .household = household };
	uint8_t link[REF_BYTES];
	int rc;

	if (slot != 0)
		rc = one_household(p, item_at(p, slot - 1), household, f);
	else
		rc = member_find(p, row, of, &fresh.subject);
	if (rc == 0 && slot == 0 && !ref_none(fresh.subject))
		rc = same_household(p, row, fresh.subject, of, f);
	if (rc != 0)
		return rc;
	ref_put(ref_none(of) ? to_come(household) : of, link);
	record_slot(&p->given, member_field("household")->tag)->s = bytes_of(link, sizeof(link));
	return judge_named(p, k, name, &fresh, &index, f);
}

static int member_row(struct plan *p, const struct row *row, uint32_t household, struct fault *f)
{
	struct buf name = { 0 };
	int rc = cells_take(p, kind_by_id(KIND_MEMBER), row, f);

	if (rc == 0)
		rc = member_name(p, row, &name);
	if (rc == 0)
		rc = member_judge(p, row, buf_bytes(&name), household, f);
	buf_fini(&name);
	return rc;
}

/* ---- a row ---- */

static int refuse(struct plan *p, uint32_t line, const struct fault *f)
{
	p->failed_count++;
	if (p->listed == PLAN_FAILED_MAX || p->failed.len > REPLY_BYTES_MAX)
		return 0;
	p->listed++;
	mp_put_map(&p->failed, 2);
	reply_uint(&p->failed, "line", line);
	mp_put_cstr(&p->failed, "fault");
	rpc_put_fault(&p->failed, f);
	return p->failed.err;
}

int plan_row(struct plan *p, const struct rows_row *from)
{
	struct mark mark = { .bodies = p->bodies.len, .items = p->item_count, .index = UINT32_MAX };
	struct fault f = { 0 };
	uint32_t household;
	struct row row;
	int rc = row_read(p, from, &row, &f);

	if (rc == 0)
		rc = household_row(p, &row, &household, &mark, &f);
	if (rc == 0 && row_member(&row))
		rc = member_row(p, &row, household, &f);
	if (rc == 0 || f.code == FAULT_NONE)
		return rc;
	plan_back(p, &mark);
	return refuse(p, from->line, &f);
}

/* ---- counting and writing ---- */

void plan_end(struct plan *p)
{
	if (!p->viewing)
		return;
	view_end(&p->view);
	p->viewing = false;
	for (uint32_t i = 0; i < p->item_count; i++) {
		const struct item *item = item_at(p, i);
		struct plan_counts *n = item->kind == KIND_HOUSEHOLD ? &p->households : &p->members;

		p->writes += item->body_len > 0;
		if (item->body_len == 0)
			n->same++;
		else if (ref_none(item->subject))
			n->fresh++;
		else
			n->changed++;
	}
}

/* The body as it is written: a household to come has come, since it stands before its members. */
static int body_of(struct plan *p, const struct item *item, struct buf *out)
{
	const struct kind *k = kind_by_id(item->kind);
	const struct bytes body = { p->bodies.p + item->body, item->body_len };
	uint8_t link[REF_BYTES];
	struct ref of;

	buf_clear(out);
	record_fini(&p->given);
	record_init(&p->given, k);
	int rc = record_take(&p->given, k, body);

	if (rc != 0)
		return rc;
	const struct value *v = item->kind != KIND_MEMBER ? NULL : household_of(&p->given);

	if (v != NULL && (of = ref_get(v->s.p)).origin == UINT64_MAX) {
		ref_put(item_at(p, (uint32_t)of.seq - 1)->ref, link);
		record_slot(&p->given, member_field("household")->tag)->s =
		    bytes_of(link, sizeof(link));
	}
	rc = record_put(&p->given, out);
	return rc == 0 ? out->err : rc;
}

/* Stage the item, unless there is nothing to write of it. */
static int stage(struct plan *p, struct item *item, struct store *store, struct draft *d,
		 uint32_t *staged, struct fault *f)
{
	int rc = 0;

	if (item->body_len == 0)
		return 0;
	buf_clear(&p->scratch);
	rc = body_of(p, item, &p->scratch);
	d->kind = item->kind;
	d->subject = item->subject;
	d->base = item->base;
	d->body = buf_bytes(&p->scratch);
	if (rc == 0)
		rc = store_append(store, d, &item->ref, f);
	*staged += rc == 0;
	return rc;
}

int plan_save(struct plan *p, struct store *store, const char *author, int64_t wall_ms,
	      struct fault *f)
{
	struct draft d = { .wall_ms = wall_ms, .author = bytes_str(author) };
	uint32_t at = p->done, staged = 0;
	struct fault unsynced = { 0 };
	int rc = 0;

	while (rc == 0 && at < p->item_count && staged < PLAN_SAVE_MAX) {
		rc = stage(p, item_at(p, at), store, &d, &staged, f);
		at += rc == 0;
	}
	if (rc == BF_EBOUND && staged > 0)
		rc = 0; /* the stage is full: what is in it is this time's part */
	int sync_rc = store_sync(store, &unsynced);

	if (sync_rc != 0) { /* all that was staged is forgotten */
		*f = unsynced;
		return sync_rc;
	}
	p->done = at;
	p->saved += staged;
	return rc;
}
