/* SPDX-License-Identifier: Apache-2.0 */
/* saving.c -- see saving.h. */
#include "daemon/saving.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/rules.h"
#include "storage/view.h"

enum { ANSWER_HEAD_BYTES = 512 }; /* around the gist: id, refs, the kind's name */

static void saving_drop(void *own)
{
	struct saving *s = own;

	buf_fini(&s->body);
	buf_fini(&s->gist);
	buf_fini(&s->voids);
	buf_fini(&s->before);
	free(s);
}

struct saving *saving_open(struct call *c, void (*answer)(struct call *c, const struct saving *s))
{
	struct saving *s = methods_own(c, sizeof(*s));

	if (s == NULL)
		return NULL;
	c->drop = saving_drop;
	s->call = c;
	s->slot = s->twice = -1;
	s->answer = answer;
	return s;
}

struct saving *saving_of(struct call *c)
{
	return c->own;
}

void saving_again(struct saving *s)
{
	buf_renew(&s->body);
	buf_renew(&s->gist);
	s->subject = s->base = (struct ref){ 0 };
	s->stale = s->unsure = false;
	s->flags = 0;
	s->moves = (struct movement){ 0 };
}

/* ---- the writer's part ---- */

static struct saving *of_job(struct job *job)
{
	return (struct saving *)(void *)((char *)job - offsetof(struct saving, job));
}

static int on_run(struct job *job, struct store *store)
{
	struct saving *s = of_job(job);
	const struct draft d[] = {
		{ .wall_ms = s->wall_ms,
		  .author = bytes_str(s->call->author),
		  .kind = KIND_VOID,
		  .subject = s->voiding,
		  .body = buf_bytes(&s->voids) },
		{ .wall_ms = s->wall_ms,
		  .author = bytes_str(s->call->author),
		  .kind = s->kind->id,
		  .subject = s->subject,
		  .base = s->base,
		  .body = buf_bytes(&s->body) },
	};
	struct ref refs[2];
	size_t from = s->voids.len > 0 ? 0 : 1;
	int rc = store_append_all(store, d + from, 2 - from, refs + from, &job->fault);

	if (rc != 0)
		return rc;
	s->ref = refs[1];
	if (from == 0)
		s->void_ref = refs[0];
	return 0;
}

/* What was held for this entry alone is let go. */
static void let_go(struct saving *s, bool saved)
{
	if (s->slot >= 0 && saved)
		desk_land(s->call->desk, s->slot, ref_none(s->subject) ? s->ref : s->subject);
	else if (s->slot >= 0)
		desk_fall(s->call->desk, s->slot);
	if (s->twice >= 0 && saved)
		desk_twice_land(s->call->desk, s->twice, s->ref);
	else if (s->twice >= 0)
		desk_twice_fall(s->call->desk, s->twice);
	if (!ref_none(s->voiding))
		desk_voided(s->call->desk, s->voiding);
	if (!ref_none(s->voiding) && saved)
		desk_twice_forget(s->call->desk, s->voiding);
	if (saved && !ref_none(s->unnamed))
		desk_unname(s->call->desk, s->unnamed);
	if (saved && (s->kind->id == KIND_VOID || s->voids.len > 0))
		moved_forget(desk_moved(s->call->desk), s->ref.seq);
	else if (saved)
		moved_add(desk_moved(s->call->desk), s->ref.seq, &s->moves);
	s->slot = s->twice = -1;
	s->voiding = (struct ref){ 0 };
}

static void on_done(struct job *job)
{
	struct saving *s = of_job(job);
	int rc = job->rc;

	let_go(s, rc == 0);
	if (rc == 0)
		clock_saved(&s->call->node->clock, s->wall_ms);
	if (rc != 0)
		methods_fail(s->call, rc, &job->fault);
	else
		s->answer(s->call, s);
}

void saving_put(struct saving *s)
{
	s->job = (struct job){ .sort = JOB_STAGE, .run = on_run, .done = on_done };
	s->wall_ms = wall_ms();
	int rc = s->body.err != 0 ? s->body.err : s->gist.err;

	if (rc == 0)
		rc = s->voids.err != 0 ? s->voids.err : s->before.err;
	if (rc == 0)
		rc = call_reserve(s->call, s->gist.len + s->before.len + ANSWER_HEAD_BYTES);
	if (rc == 0)
		rc = writer_put(s->call->node->writer, &s->job);
	if (rc == 0)
		return;
	let_go(s, false);
	methods_fail(s->call, rc, NULL);
}

/* ---- what depends on this node ---- */

/* A visit or a household belongs to one village; help and volunteers may belong to a street; money
 * moves anywhere. */
static int level_min(uint16_t kind)
{
	switch (kind) {
	case KIND_HOUSEHOLD:
	case KIND_MEMBER:
	case KIND_VISIT:
		return LEVEL_VILLAGE;
	case KIND_AID:
	case KIND_ACTIVITY:
	case KIND_SERVICE:
		return LEVEL_TOWNSHIP;
	default:
		return LEVEL_PROVINCE;
	}
}

int saving_place(const struct record *r, const struct node *n, struct fault *f)
{
	const struct value *place = r->kind->place == 0 ? NULL : record_get(r, r->kind->place);
	int least = level_min(r->kind->id);
	char code[DIVISION_DIGITS + 1], here[DIVISION_DIGITS + 1];
	const char *where;

	if (place == NULL)
		return 0;
	where = field_by_tag(r->kind, r->kind->place)->name;
	if (division_level(place->u) < least)
		return fault_say(f, FAULT_DIVISION_LEVEL, where, division_print(place->u, code),
				 least == LEVEL_VILLAGE
				     ? "嘎查村、社区 village"
				     : "苏木乡镇、街道或嘎查村 township or village");
	if (!division_within(place->u, n->division))
		return fault_say(f, FAULT_DIVISION_OUTSIDE, where, division_print(place->u, code),
				 division_print(n->division, here));
	return 0;
}

static int exists(const struct kind *k, struct ref ref, struct fault *f)
{
	const struct field *field = field_by_tag(k, k->text_key);
	char name[REF_TEXT_MAX];

	return fault_say_word(f, FAULT_SUBJECT_EXISTS, field->name, k->zh, k->name,
			      ref_print(ref, name));
}

bool saving_imports(const struct desk *desk, uint32_t kind)
{
	return desk_inside(desk, LONE_IMPORT) && (kind == KIND_HOUSEHOLD || kind == KIND_MEMBER);
}

int saving_name(struct saving *s, const struct record *r, struct view *v, bool check,
		struct fault *f)
{
	struct desk *desk = s->call->desk;
	const struct value *name = s->kind->text_key == 0 ? NULL : record_get(r, s->kind->text_key);
	struct bytes text;
	struct ref known;

	if (saving_imports(desk, s->kind->id))
		return fault_say(f, FAULT_IMPORT_RUNNING, NULL, NULL, NULL);
	if (name == NULL)
		return 0;
	text = record_name(field_by_tag(s->kind, s->kind->text_key), name->s);
	int rc = view_find(v, s->kind->id, name->s, &known);

	if (rc != 0 && rc != BF_ENOTFOUND)
		return rc;
	bool renamed = rc == 0 && !s->retried && desk_renamed(desk, s->kind->id, text, known);

	if (rc == 0 && !renamed && ref_equal(known, s->subject))
		return 0;
	if (rc == 0 && !renamed)
		return exists(s->kind, known, f);
	enum recent recent = desk_recent(desk, s->kind->id, text, &known);

	if (recent == RECENT_SAVED && !ref_equal(known, s->subject) && view_voided(v, known) == 0)
		return exists(s->kind, known, f);
	if (!s->retried && (recent == RECENT_FLYING || writer_pending(s->call->node->writer) > 0)) {
		s->stale = true;
		return BF_EBUSY;
	}
	if (check)
		return 0;
	s->slot = recent == RECENT_FLYING ? -1 : desk_fly(desk, s->kind->id, text);
	return s->slot >= 0 ? 0 : BF_EBUSY;
}

int saving_twice(struct saving *s, const struct record *r, bool again, bool check, struct fault *f)
{
	struct desk *desk = s->call->desk;
	uint8_t kind = (uint8_t)r->kind->id; /* at most KIND_MAX */
	struct hash what = hash_two(bytes_of(&kind, 1), buf_bytes(&s->body));
	char name[REF_TEXT_MAX], minutes[24];
	struct ref before;
	uint64_t ago_ms;

	if (!rules_once(r))
		return 0;
	enum recent recent = again ? RECENT_NONE : desk_twice(desk, &what, &before, &ago_ms);

	if (recent == RECENT_FLYING) { /* it may yet fail: then this one is the first */
		s->stale = !s->retried;
		return BF_EBUSY;
	}
	if (recent == RECENT_SAVED) {
		snprintf(minutes, sizeof(minutes), "%llu",
			 (unsigned long long)(ago_ms / 60000 + 1));
		return fault_say(f, FAULT_SAVED_TWICE, "again", ref_print(before, name), minutes);
	}
	s->twice = check ? -1 : desk_twice_fly(desk, &what);
	return 0;
}
