/* SPDX-License-Identifier: Apache-2.0 */
/* flagging.c -- see flagging.h. */
#include "daemon/flagging.h"

#include <stdio.h>

#include "daemon/reply.h"
#include "protocol/calendar.h"

int32_t flagging_today(struct node *n)
{
	return n->config.role == PART_HUB ? day_of_ms(wall_ms()) : node_today(n);
}

static const char *all_names(char *out, size_t cap)
{
	size_t at = (size_t)snprintf(out, cap, "all");

	for (int i = 0; i < FLAG_COUNT && at < cap; i++)
		at += (size_t)snprintf(out + at, cap - at, ", %s", flag_rule((enum flag)i)->name);
	return out;
}

int flagging_param(const struct call *c, uint32_t *flags, struct fault *f)
{
	char names[FAULT_TEXT_MAX], shown[FAULT_WHERE_MAX];
	struct bytes text;
	enum flag flag;

	*flags = 0;
	if (!param_text(c, "flagged", &text))
		return 0;
	if (bytes_equal(text, BYTES_LIT("all"))) {
		*flags = FLAG_ALL;
		return 0;
	}
	if (flag_parse(text, &flag) != 0)
		return fault_say(f, FAULT_FLAG_UNKNOWN, "flagged", fault_typed(text, shown),
				 all_names(names, sizeof names));
	*flags = FLAG_BIT(flag);
	return 0;
}

int flagging_draft(const struct call *c, struct view *v, const struct record *whole,
		   struct ref subject, int64_t lately, uint32_t *flags, int64_t *holds)
{
	int rc = flags_draft(v, whole, subject, lately, flags, holds);
	const struct value *day = record_get(whole, whole->kind->day);

	if (ref_none(subject) && day != NULL && day->i > flagging_today(c->node))
		*flags |= FLAG_BIT(FLAG_FUTURE);
	return rc;
}

static uint32_t count_of(uint32_t flags)
{
	uint32_t count = 0;

	for (flags &= FLAG_ALL; flags != 0; flags &= flags - 1)
		count++;
	return count;
}

void flagging_put(struct buf *b, uint32_t flags)
{
	mp_put_cstr(b, "flags");
	mp_put_array(b, count_of(flags));
	for (int i = 0; i < FLAG_COUNT; i++)
		if ((flags & FLAG_BIT(i)) != 0)
			mp_put_cstr(b, flag_rule((enum flag)i)->name);
}

void flagging_words(struct buf *b, enum flag flag, const int64_t *holds)
{
	const struct flag_rule *r = flag_rule(flag);
	char zh[FAULT_TEXT_MAX], en[FAULT_TEXT_MAX], fen[32], before_zh[96] = "",
							      before_en[96] = "";

	if (holds != NULL && flag == FLAG_OVER_BALANCE) {
		fen_print(*holds, fen);
		snprintf(before_zh, sizeof before_zh, "（本机账上原有 %s 元）", fen);
		snprintf(before_en, sizeof before_en, " (it held %s yuan here)", fen);
	}
	snprintf(zh, sizeof zh, "%s：%s%s", r->called.zh, r->sentence.zh, before_zh);
	snprintf(en, sizeof en, "%s: %s%s", r->called.en, r->sentence.en, before_en);
	reply_cstr(b, "name", r->name);
	reply_cstr(b, "zh", zh);
	reply_cstr(b, "en", en);
}

void flagging_tell(struct buf *b, uint32_t flags, const int64_t *holds)
{
	mp_put_cstr(b, "flags");
	mp_put_array(b, count_of(flags));
	for (int i = 0; i < FLAG_COUNT; i++) {
		if ((flags & FLAG_BIT(i)) == 0)
			continue;
		mp_put_map(b, FLAGGING_PAIRS);
		flagging_words(b, (enum flag)i, holds);
	}
}
