/* import_plan.c -- see import_plan.h.
 *
 * A row is read twice: as its household, then as its member. Headings name fields by the schema's
 * `column`; a few have a meaning of their own (places above the village, the household's number,
 * the document's number). */
#include "daemon/import_plan.h"

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

enum { HEADING_PLACES = 5, SLOTS = 8192 /* over twice what a request can hold; a power of two */ };
/* Codes of list document whose number is a person's key. */
enum { DOCUMENT_ID = 1, DOCUMENT_DISABILITY = 2 };

/* One subject named by the rows: an entry to write, or one that is known and stays as it is. */
struct item {
	const struct kind *kind;
	struct ref subject, base; /* none: new */
	struct ref ref;           /* of the entry, once staged */
	size_t body, body_len;    /* in `bodies`; 0 length: nothing to write */
	uint64_t line;
	size_t name, name_len; /* in `names` */
};

struct plan {
	struct node *node;
	struct view view;
	bool viewing;
	struct resolve ask;
	struct record given, sofar, state; /* of one row; of the rows so far; before the import */
	struct buf arena, scratch, bodies, names, items, failed;
	uint32_t item_count, failed_count;
	uint32_t slots[SLOTS]; /* hash of kind and name -> index + 1 */
	struct plan_counts households, members;
	uint32_t done; /* items staged */
};

/* One row being read. */
struct row {
	struct mp_val map;
	uint64_t division; /* 0: not given */
	struct bytes number, id, member_number, name, document;
};

struct plan *plan_open(struct node *node)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (p != NULL)
		p->node = node;
	return p;
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
	free(p);
}

int plan_begin(struct plan *p)
{
	int rc = view_begin(p->node->store, &p->view);

	if (rc != 0)
		return rc;
	p->viewing = true;
	resolve_init(&p->ask, p->node, &p->view, NULL, true);
	return 0;
}

const struct plan_counts *plan_counts(const struct plan *p, uint16_t kind)
{
	return kind == KIND_HOUSEHOLD ? &p->households : &p->members;
}

void plan_failed(const struct plan *p, struct bytes *items, uint32_t *count)
{
	*items = buf_bytes(&p->failed);
	*count = p->failed_count;
}

bool plan_empty(const struct plan *p)
{
	return p->bodies.len == 0;
}

/* ---- items, found by kind and name ---- */

static struct item *item_at(const struct plan *p, uint32_t index)
{
	return (struct item *)(void *)p->items.p + index;
}

static uint32_t *slot_of(struct plan *p, uint16_t kind, struct bytes name)
{
	uint64_t h = UINT64_C(1469598103934665603) ^ kind;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ name.p[i]) * UINT64_C(1099511628211);
	for (uint32_t at = (uint32_t)(h >> 16);; at++) {
		uint32_t *slot = &p->slots[at % SLOTS];
		const struct item *item = *slot == 0 ? NULL : item_at(p, *slot - 1);

		if (item == NULL)
			return slot;
		if (item->kind->id == kind && item->name_len == name.len &&
		    memcmp(p->names.p + item->name, name.p, name.len) == 0)
			return slot;
	}
}

static int item_add(struct plan *p, const struct item *item, struct bytes name, uint32_t *index)
{
	struct item kept = *item;
	uint32_t *slot = slot_of(p, item->kind->id, name);

	kept.name = p->names.len;
	kept.name_len = name.len;
	buf_put_bytes(&p->names, name);
	buf_put(&p->items, &kept, sizeof(kept));
	if (p->names.err != 0 || p->items.err != 0)
		return BF_ENOMEM;
	*index = p->item_count++;
	*slot = *index + 1;
	return 0;
}

/* ---- a row's headings ---- */

static bool is(struct bytes a, const char *word)
{
	return bytes_equal(a, bytes_str(word));
}

/* Which of 省 市 县 乡 村 a heading is; HEADING_PLACES when none. */
static size_t place_heading(struct bytes heading)
{
	static const char *const names[HEADING_PLACES] = { "省", "市", "县", "乡", "村" };

	for (size_t i = 0; i < HEADING_PLACES; i++)
		if (is(heading, names[i]))
			return i;
	return HEADING_PLACES;
}

static bool code_heading(struct bytes heading)
{
	return is(heading, "区划代码") || is(heading, "行政区划") || is(heading, "行政区划代码") ||
	       is(heading, "division");
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

/* Fails for a heading that nothing knows: what it holds would be lost without a word. */
static int row_known(struct bytes heading, struct bytes text, struct fault *f)
{
	char shown[FAULT_WHERE_MAX];

	if (text.len == 0 || is(heading, "序号") || place_heading(heading) < HEADING_PLACES ||
	    code_heading(heading) || field_by_name(kind_by_id(KIND_HOUSEHOLD), heading) != NULL ||
	    field_by_name(kind_by_id(KIND_MEMBER), heading) != NULL)
		return 0;
	return fault_say(f, FAULT_IMPORT_HEADING,
			 bytes_control(heading) || !bytes_utf8(heading)
			     ? "?"
			     : bytes_cstr(heading, shown, sizeof(shown)),
			 NULL, NULL);
}

static int row_read(struct plan *p, struct mp_val map, struct row *row, struct fault *f)
{
	struct bytes names[HEADING_PLACES] = { 0 }, code = { 0 };
	int rc = 0;

	*row = (struct row){ .map = map };
	if (mp_type_of(map) != MP_MAP)
		return fault_say(f, FAULT_IMPORT_ROW, NULL, NULL, NULL);
	for (struct mp_rd r = mp_rd_map(map); rc == 0 && r.left > 0;) {
		struct bytes heading = bytes_trim(mp_take_str(&r)),
			     text = bytes_trim(mp_take_str(&r));
		size_t place = place_heading(heading);

		if (r.err != 0)
			return fault_say(f, FAULT_IMPORT_ROW, NULL, NULL, NULL);
		if (place < HEADING_PLACES)
			names[place] = text;
		else if (code_heading(heading))
			code = text;
		else if (is(heading, "户编号"))
			row->number = text;
		else if (is(heading, "证件号码"))
			row->id = text;
		else if (is(heading, "人口编号"))
			row->member_number = text;
		else if (is(heading, "姓名"))
			row->name = text;
		else if (is(heading, "证件类型"))
			row->document = text;
		rc = row_known(heading, text, f);
	}
	if (rc == 0 && row->number.len == 0)
		rc = fault_say(f, FAULT_IMPORT_COLUMN, "户编号", NULL, NULL);
	return rc == 0 ? row_place(p, row, code, names, f) : rc;
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
static bool others_cell(const struct kind *k, const struct field *field, const struct row *row,
			struct bytes heading)
{
	const struct kind *other = kind_by_id(k->id == KIND_MEMBER ? KIND_HOUSEHOLD : KIND_MEMBER);
	const struct field *there = field_by_name(other, heading);

	if (there == NULL || (field->column != NULL && is(heading, field->column)))
		return false;
	return (there->column != NULL && is(heading, there->column)) ||
	       (k->id == KIND_HOUSEHOLD && row_member(row));
}

/* Where a cell belongs in a record of the kind; NULL when it does not. */
static const struct field *cell_field(const struct kind *k, const struct row *row,
				      struct bytes heading)
{
	const struct field *field = field_by_name(k, heading);
	const struct code *document;

	if (field == NULL || field->type == T_DIVISION || field->type == T_REF ||
	    others_cell(k, field, row, heading))
		return NULL;
	if (k->id == KIND_MEMBER && is(heading, "证件号码")) {
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
	for (struct mp_rd r = mp_rd_map(row->map); rc == 0 && r.left > 0;) {
		struct bytes heading = bytes_trim(mp_take_str(&r)), text = mp_take_str(&r);
		const struct field *field = cell_field(k, row, heading);

		if (field != NULL)
			rc = at_column(
			    record_set_text(&p->given, field, text, &p->ask.ask, &p->arena, f), f,
			    heading);
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

/* ---- one subject of a row: new, changed or same ---- */

/* What the rows so far give of the item, into p->given's companion p->sofar. */
static int sofar_take(struct plan *p, const struct item *item)
{
	record_fini(&p->sofar);
	record_init(&p->sofar, item->kind);
	if (item->body_len == 0)
		return 0;
	buf_clear(&p->scratch); /* a copy: bodies will grow while it is read */
	buf_put(&p->scratch, p->bodies.p + item->body, item->body_len);
	return p->scratch.err != 0 ? BF_ENOMEM
				   : record_take(&p->sofar, item->kind, buf_bytes(&p->scratch));
}

/* What is known of it before this import, into p->state. */
static int state_take(struct plan *p, struct item *item)
{
	record_fini(&p->state);
	record_init(&p->state, item->kind);
	return ref_none(item->subject)
		   ? 0
		   : view_subject(&p->view, item->subject, &p->state, &item->base);
}

/* Add p->given to p->sofar: rows of one subject may add to one another, never contradict. */
static int sofar_add(struct plan *p, bool *changed, struct fault *f)
{
	const struct kind *k = p->given.kind;

	*changed = false;
	for (uint32_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		uint64_t bit = UINT64_C(1) << i;

		if ((p->given.has & bit) == 0)
			continue;
		if ((p->sofar.has & bit) != 0 &&
		    !methods_same(field, &p->given.v[i], &p->sofar.v[i]))
			return fault_say(f, FAULT_IMPORT_DIFFERS,
					 field->column != NULL ? field->column : field->name, NULL,
					 NULL);
		if ((p->sofar.has & bit) != 0 ||
		    ((p->state.has & bit) != 0 &&
		     methods_same(field, &p->given.v[i], &p->state.v[i])))
			continue;
		p->sofar.v[i] = p->given.v[i];
		p->sofar.has |= bit;
		*changed = true;
	}
	return 0;
}

/* The whole that it would be must pass; what is written is only what the rows give. */
static int judge(struct plan *p, struct item *item, struct fault *f)
{
	bool changed = false;
	int rc = sofar_take(p, item);

	if (rc == 0)
		rc = state_take(p, item);
	if (rc == 0)
		rc = sofar_add(p, &changed, f);
	if (rc != 0 || (!changed && item->body_len + (size_t)!ref_none(item->subject) > 0))
		return rc;
	struct record *whole = &p->sofar;

	if (!ref_none(item->subject)) {
		whole = &p->state;
		methods_lay(whole, &p->sofar);
	}
	rc = at_field(record_check(whole, &p->ask.ask, f), f, item->kind);
	if (rc == 0)
		rc = at_field(saving_place(&p->sofar, p->node, f), f, item->kind);
	if (rc != 0)
		return rc;
	size_t at = p->bodies.len;

	rc = record_put(&p->sofar, &p->bodies);
	if (rc != 0)
		return rc;
	item->body = at;
	item->body_len = p->bodies.len - at;
	return 0;
}

/* Judge p->given as of the item called `name`, found before in this request or new to it with
 * `subject`. */
static int judge_named(struct plan *p, const struct kind *k, struct bytes name, struct ref subject,
		       uint64_t line, uint32_t *index, struct fault *f)
{
	uint32_t slot = *slot_of(p, k->id, name);
	struct item item = { .kind = k, .subject = subject, .line = line };

	if (slot != 0)
		item = *item_at(p, slot - 1);
	int rc = judge(p, &item, f);

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

	if (rc == 0 && view_voided(&p->view, *out))
		rc = BF_ENOTFOUND;
	if (rc == BF_ENOTFOUND)
		*out = (struct ref){ 0 };
	return rc == BF_ENOTFOUND ? 0 : rc;
}

static int household_row(struct plan *p, const struct row *row, uint64_t line, uint32_t *index,
			 struct fault *f)
{
	const struct kind *k = kind_by_id(KIND_HOUSEHOLD);
	struct ref known = { 0 };
	int rc = cells_take(p, k, row, f);

	if (rc == 0)
		rc = find(p, KIND_HOUSEHOLD, record_get(&p->given, k->text_key)->s, &known);
	return rc == 0 ? judge_named(p, k, row->number, known, line, index, f) : rc;
}

/* ---- members ---- */

/* Stands for the ref of a household that has none yet; no origin is all ones. */
static struct ref to_come(uint32_t index)
{
	return (struct ref){ .origin = UINT64_MAX, .seq = index + 1 };
}

static struct value *household_slot(struct record *r)
{
	uint8_t tag = field_by_name(r->kind, BYTES_LIT("household"))->tag;

	return record_has(r, tag) ? record_slot(r, tag) : NULL;
}

static const struct field *member_field(const char *name)
{
	return field_by_name(kind_by_id(KIND_MEMBER), bytes_str(name));
}

struct lookup { /* a member without an ID, among those of a household */
	const struct row *row;
	struct ref household, found;
};

static int is_member(void *ctx, const struct list_row *row)
{
	struct lookup *l = ctx;
	const char *by = l->row->member_number.len > 0 ? "number" : "name";
	struct bytes want = l->row->member_number.len > 0 ? l->row->member_number : l->row->name;
	const struct value *v;

	if (row->record == NULL || row->entry.kind != KIND_MEMBER ||
	    !ref_none(row->entry.subject) || row->voided)
		return 0;
	v = record_get(row->record, member_field(by)->tag);
	if (v == NULL || !bytes_equal(v->s, want))
		return 0;
	l->found = row->ref;
	return 1;
}

/* By ID; who has none, by 人口编号 or name among those of the household. */
static int member_find(struct plan *p, const struct row *row, struct ref household, struct ref *out)
{
	const struct value *id = record_get(&p->given, kind_by_id(KIND_MEMBER)->text_key);
	struct lookup l = { .row = row, .household = household };
	int rc = 0;

	*out = (struct ref){ 0 };
	if (id != NULL)
		rc = find(p, KIND_MEMBER, id->s, out);
	if (rc != 0 || id != NULL || ref_none(household))
		return rc;
	rc = view_about(&p->view, household, UINT32_MAX, is_member, &l);
	*out = l.found;
	return rc > 0 || rc == BF_ENOTFOUND ? 0 : rc;
}

/* What tells the members of a request apart. */
static void member_name(const struct plan *p, const struct row *row, struct buf *out)
{
	const struct value *id = record_get(&p->given, kind_by_id(KIND_MEMBER)->text_key);

	if (id != NULL) {
		buf_put_bytes(out, id->s);
		return;
	}
	buf_put_bytes(out, row->number);
	buf_u8(out, row->member_number.len > 0 ? 1 : 2);
	buf_put_bytes(out, row->member_number.len > 0 ? row->member_number : row->name);
}

static int member_row(struct plan *p, const struct row *row, uint64_t line, uint32_t household,
		      struct fault *f)
{
	const struct kind *k = kind_by_id(KIND_MEMBER);
	struct ref of = item_at(p, household)->subject, known;
	struct buf name = { 0 };
	uint8_t link[REF_BYTES];
	uint32_t index;
	int rc = cells_take(p, k, row, f);

	if (rc == 0)
		rc = member_find(p, row, of, &known);
	if (rc == 0) {
		ref_put(ref_none(of) ? to_come(household) : of, link);
		record_slot(&p->given, member_field("household")->tag)->s =
		    bytes_of(link, sizeof(link));
		member_name(p, row, &name);
		rc = name.err;
	}
	if (rc == 0)
		rc = judge_named(p, k, buf_bytes(&name), known, line, &index, f);
	buf_fini(&name);
	return rc;
}

/* Enough for any request that is worth mending by hand, and an answer that can be read. */
enum { PLAN_FAILED_MAX = 1000 };

static void refuse(struct plan *p, uint64_t line, const struct fault *f)
{
	if (p->failed_count >= PLAN_FAILED_MAX)
		return;
	p->failed_count++;
	mp_put_map(&p->failed, 2);
	reply_uint(&p->failed, "line", line);
	mp_put_cstr(&p->failed, "fault");
	rpc_put_fault(&p->failed, f);
}

int plan_row(struct plan *p, uint64_t line, struct mp_val map)
{
	struct fault f = { 0 };
	uint32_t household;
	struct row row;
	int rc = row_read(p, map, &row, &f);

	if (rc == 0)
		rc = household_row(p, &row, line, &household, &f);
	if (rc == 0 && row_member(&row))
		rc = member_row(p, &row, line, household, &f);
	if (rc == 0 || f.code == FAULT_NONE)
		return rc;
	refuse(p, line, &f);
	return p->failed.err;
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
		struct plan_counts *n =
		    item->kind->id == KIND_HOUSEHOLD ? &p->households : &p->members;

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
	const struct bytes body = { p->bodies.p + item->body, item->body_len };
	uint8_t link[REF_BYTES];
	struct ref of;

	buf_clear(out);
	record_fini(&p->given);
	record_init(&p->given, item->kind);
	int rc = record_take(&p->given, item->kind, body);

	if (rc != 0)
		return rc;
	struct value *v = item->kind->id != KIND_MEMBER ? NULL : household_slot(&p->given);

	if (v != NULL && (of = ref_get(v->s.p)).origin == UINT64_MAX) {
		ref_put(item_at(p, (uint32_t)of.seq - 1)->ref, link);
		v->s = bytes_of(link, sizeof(link));
	}
	rc = record_put(&p->given, out);
	return rc == 0 ? out->err : rc;
}

int plan_append(struct plan *p, struct store *store, const char *author, int64_t wall_ms,
		struct fault *f)
{
	struct buf body = { 0 };
	int rc = 0;

	for (; rc == 0 && p->done < p->item_count; p->done += rc == 0) {
		struct item *item = item_at(p, p->done);
		struct draft d = { .wall_ms = wall_ms,
				   .author = bytes_str(author),
				   .kind = item->kind->id,
				   .subject = item->subject,
				   .base = item->base };

		if (item->body_len == 0)
			continue;
		rc = body_of(p, item, &body);
		d.body = buf_bytes(&body);
		if (rc == 0)
			rc = store_append(store, &d, &item->ref, f);
	}
	buf_fini(&body);
	return rc;
}
