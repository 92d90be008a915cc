/* SPDX-License-Identifier: Apache-2.0 */
/* sync.c -- what both machines do alike: refuse, be refused, and the names of wishes and events. */
#include "sync.h"

#include "errors.h"
#include "told.h"

/* A sentence that is too long for a REFUSE is cut at a whole character. */
static struct bytes cut(const char *text, char out[REASON_BYTES_MAX + 1])
{
	return bytes_str(bytes_cstr(bytes_str(text), out, REASON_BYTES_MAX + 1));
}

int sync_put_refuse(struct buf *out, const struct fault *f)
{
	char zh[REASON_BYTES_MAX + 1], en[REASON_BYTES_MAX + 1];
	struct message m = { .type = MESSAGE_REFUSE };

	m.refuse.rc = (uint64_t) - (int64_t)f->rc;
	m.refuse.name = bytes_str(fault_name(f->code));
	m.refuse.zh = cut(f->zh, zh);
	m.refuse.en = cut(f->en, en);
	return message_put(out, &m);
}

void sync_told(const struct msg_refuse *m, struct fault *f)
{
	struct told t = { .name = m->name, .zh = m->zh, .en = m->en, .rc = m->rc };

	told_fault(&t, f);
}

int sync_unread(int rc, struct fault *f)
{
	if (rc == BF_ENOMEM)
		(void)fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	else if (rc == BF_EVERSION)
		(void)fault_say(f, FAULT_MESSAGE_NEWER, NULL, NULL, NULL);
	else
		(void)fault_say(f, FAULT_BAD_MESSAGE, NULL, bf_error_name(rc), NULL);
	return rc;
}

const char *wish_name(enum wish wish)
{
	static const char *const names[] = {
		[WISH_WAIT] = "WAIT", [WISH_SEND] = "SEND",   [WISH_LOAD] = "LOAD",
		[WISH_HELD] = "HELD", [WISH_STORE] = "STORE", [WISH_KEEP] = "KEEP",
		[WISH_DONE] = "DONE", [WISH_FAIL] = "FAIL",
	};
	return (size_t)wish < sizeof names / sizeof *names ? names[wish] : "?";
}

const char *event_name(enum event_type type)
{
	static const char *const names[] = {
		[EVENT_GO] = "GO",         [EVENT_FRAME] = "FRAME",   [EVENT_LOADED] = "LOADED",
		[EVENT_HELD] = "HELD",     [EVENT_STORED] = "STORED", [EVENT_MORE] = "MORE",
		[EVENT_CLOSED] = "CLOSED",
	};
	return (size_t)type < sizeof names / sizeof *names ? names[type] : "?";
}
