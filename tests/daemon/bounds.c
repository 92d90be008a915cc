/* SPDX-License-Identifier: Apache-2.0 */
/* bounds.c -- the patience of both ends in figures, as protocol/README.md 4.1 promises them to
 * others.
 *
 * As in tests/unit/bounds.c: the figure is a literal here, and the sentence stands in the document.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/hub_session.h"
#include "daemon/link_inside.h"
#include "daemon/syncer.h"

/* clang-format off */
static const struct {
	const char *name;
	int64_t is, figure;
	const char *sentence;
} bounds[] = {
#define B(name, figure, sentence) { #name, (int64_t)(name), figure, sentence }
	B(LINK_HANDSHAKE_MS,        10000,   "Deadlines of the hub: handshake 10 s,"),
	B(LINK_HANDSHAKE_MS,        10000,   "10 s to look a name up, 10 s to connect to each"),
	B(LINK_ADDRESSES_MAX,       8,       "each of at most 8 addresses"),
	B(LINK_FRAME_MS,            30000,   "to its last 30 s, silence 120 s, a session 30 min"),
	B(LINK_IDLE_MS,             120000,  "to its last 30 s, silence 120 s, a session 30 min"),
	B(LINK_SESSION_MS,          1800000, "to its last 30 s, silence 120 s, a session 30 min"),
	B(LISTENER_ENROL_MS,        10000,   "on `bangfu-enrol/1` 10 s for"),
	B(LISTENER_ENROL_FRAME_MAX, 1024,    "frames of at most 1,024 bytes"),
	B(LISTENER_KEY_MAX,         2,       "two of one key"),
	B(SYNC_RETRY_MIN_S,         5,       "all of min(5·2^n, 3,600) s"),
	B(SYNC_RETRY_MAX_S,         3600,    "all of min(5·2^n, 3,600) s"),
	B(SYNC_BUSY_S_MAX,          14400,   "at most `SYNC_BUSY_S_MAX`, 14,400 s, and up to a quarter more"),
#undef B
};
/* clang-format on */

static void every_deadline_is_the_figure_that_was_promised(void **state)
{
	static char text[1 << 20];
	FILE *file = fopen(BF_SOURCE_DIR "/protocol/README.md", "r");

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		if (bounds[i].is != bounds[i].figure)
			fail_msg("%s is %lld, not %lld", bounds[i].name, (long long)bounds[i].is,
				 (long long)bounds[i].figure);
		if (strstr(text, bounds[i].sentence) == NULL)
			fail_msg("protocol/README.md does not say \"%s\"", bounds[i].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_deadline_is_the_figure_that_was_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
