/* SPDX-License-Identifier: Apache-2.0 */
/* told.c -- see told.h. */
#include "told.h"

#include <string.h>

#include "errors.h"

/* The catalogue has a few dozen rows and faults are rare: no index. */
static enum fault_code code_of(struct bytes name)
{
	for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++)
		if (bytes_equal(name, bytes_str(fault_name((enum fault_code)code))))
			return (enum fault_code)code;
	return FAULT_FOREIGN;
}

/* Bytes below space and DEL cannot be part of a longer UTF-8 character, so they can be replaced in
 * place; when other controls (C1, bidi) are left the whole text is dropped. */
static void tame(struct bytes told, char *out, size_t cap)
{
	bytes_cstr(bytes_utf8(told) ? told : bytes_str(""), out, cap);
	for (char *p = out; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (bytes_control(bytes_str(out)))
		out[0] = '\0';
}

void told_fault(const struct told *t, struct fault *f)
{
	enum { NAME_MAX_SHOWN = 64 };
	char name[NAME_MAX_SHOWN], text[FAULT_TEXT_MAX];
	enum fault_code code = code_of(t->name);

	tame(t->name, name, sizeof name);
	tame(t->where, text, FAULT_WHERE_MAX);
	(void)fault_say(f, code, text, code == FAULT_FOREIGN ? name : NULL, NULL);
	tame(t->zh, text, sizeof text);
	if (text[0] != '\0')
		memcpy(f->zh, text, sizeof f->zh);
	tame(t->en, text, sizeof text);
	if (text[0] != '\0')
		memcpy(f->en, text, sizeof f->en);
	if (t->rc >= 1 && t->rc <= (uint64_t)-BF_EBUG)
		f->rc = -(int)t->rc;
}
