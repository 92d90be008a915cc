/* SPDX-License-Identifier: Apache-2.0 */
/* bounds.c -- the figures of protocol/README.md and storage/README.md, written out once more.
 *
 * A test that stands at a bound takes it from the header, so it moves along when somebody widens
 * the bound. Here the figure is a literal, and the sentence that promises it to others must stand
 * in the document. A change is a change of the protocol or of the store: in the header, in the
 * document and here. */
#include "store_world.h"

#include "daemon/backup.h"
#include "daemon/card.h"
#include "daemon/changes.h"
#include "daemon/seats.h"
#include "protocol/flag.h"
#include "storage/flags.h"
#include "protocol/message.h"
#include "protocol/pack.h"
#include "protocol/rpc.h"
#include "protocol/sync.h"
#include "protocol/token.h"
#include "storage/refold.h"

/* clang-format off */
#define PROTOCOL "protocol/README.md"
#define STORAGE  "storage/README.md"
static const struct {
	const char *name;
	int64_t is, figure;
	const char *document, *sentence;
} bounds[] = {
#define B(name, figure, document, sentence) { #name, (int64_t)(name), figure, document, sentence }
	B(ENTRY_BYTES_MAX,     16384,         PROTOCOL, "at most 16,384 bytes, 512 items, depth 4:"),
	B(ENTRY_ITEMS_MAX,     512,           PROTOCOL, "at most 16,384 bytes, 512 items, depth 4:"),
	B(ENTRY_DEPTH_MAX,     4,             PROTOCOL, "at most 16,384 bytes, 512 items, depth 4:"),
	B(SEQ_MAX,             1099511627775, PROTOCOL, "| seq | uint 1..2^40-1 |"),
	B(AUTHOR_BYTES_MAX,    64,            PROTOCOL, "| author | str 0..64 bytes |"),
	B(KIND_MAX,            63,            PROTOCOL, "| kind | uint 1..63 |"),
	B(FLAGGED_COUNT_MAX,   1000,          PROTOCOL, "`status` counts those in the area of its node, no further than 1,000."),
	B(FLAGS_EDITION,       1,             STORAGE,  "edition of the rules u32, now 1"),
	B(DAY_MIN,             -25567,        PROTOCOL, "-25567..47846 (1900..2100)"),
	B(DAY_MAX,             47846,         PROTOCOL, "-25567..47846 (1900..2100)"),
	B(FEN_MAX,             1000000000000, PROTOCOL, "never over 10^12 (I7)"),
	B(FIELD_REFS_MAX,      64,            PROTOCOL, "n = 1..64, none twice"),
	B(HOUSEHOLD_DIGITS_MIN, 12,           PROTOCOL, "is 12 to 19 digits, or digits with one dash"),
	B(HOUSEHOLD_DIGITS_MAX, 19,           PROTOCOL, "is 12 to 19 digits, or digits with one dash"),
	B(FRAME_BYTES_MAX,     262144,        PROTOCOL, "is 1..262,144;"),
	B(MESSAGE_DEPTH_MAX,   4,             PROTOCOL, "depth at most 4, at most 64 values in all"),
	B(MESSAGE_ITEMS_MAX,   64,            PROTOCOL, "depth at most 4, at most 64 values in all"),
	B(BATCH_ENTRIES_MAX,   1024,          PROTOCOL, "| 3 | `count` | uint 1..1024 |"),
	B(BATCH_RAW_MAX,       196608,        PROTOCOL, "| 6 | `raw_bytes` | uint 1..196,608 |"),
	B(PACK_RATIO_MAX,      200,           PROTOCOL, "at most 200 times its length"),
	B(BATCH_WINDOW,        4,             PROTOCOL, "At most min(`window`, 4) batches"),
	B(SYNC_BUSY_S_MAX,     14400,         PROTOCOL, "`SYNC_BUSY_S_MAX`, 14,400 s"),
	B(SYNC_NEXT_S_MAX,     172800,        PROTOCOL, "`SYNC_NEXT_S_MAX`, 172,800 s"),
	B(GROSS_LOG_MAX,       4503599627370495, PROTOCOL, "within 2^52−1 = 4,503,599,627,370,495"),
	B(INT64_MAX,           9223372036854775807, PROTOCOL, "within 2^63−1 = 9,223,372,036,854,775,807"),
	B(REASON_BYTES_MAX,    256,           PROTOCOL, "| 3 | `zh` | str 0..256 |"),
	B(PLACES_MAX,          4096,          PROTOCOL, "at most 4,096 places"),
	B(NAME_BYTES_MAX,      128,           PROTOCOL, "name str up to 128 bytes"),
	B(TOKEN_HOST_MAX,      127 + 1,       PROTOCOL, "up to 127 bytes; an IPv6 address"),
	B(TOKEN_TEXT_MAX,      255 + 1,       PROTOCOL, "The text is at most 255 bytes"),
	B(RPC_BYTES_MAX,       1048576,       PROTOCOL, "1 MiB, 65,536 values, 8 levels"),
	B(RPC_ITEMS_MAX,       65536,         PROTOCOL, "1 MiB, 65,536 values, 8 levels"),
	B(RPC_DEPTH_MAX,       8,             PROTOCOL, "1 MiB, 65,536 values, 8 levels"),
	B(RPC_METHOD_MAX,      64,            PROTOCOL, "method str 1..64 bytes"),
	B(BACKUP_PART_BYTES_MAX, 524288,      PROTOCOL, "A part has at most 524,288 bytes"),
	B(BACKUP_SMALL_BYTES_MAX, 65536,      PROTOCOL, "`bangfud.conf` (at most 65,536 bytes)"),
	B(BACKUP_IDLE_MS,      300000,        PROTOCOL, "nothing was asked for 300 s"),
	B(BACKUP_LASTS_MS_MAX, 21600000,      PROTOCOL, "after 21,600 s in"),
	B(BACKUP_SILENT_MS,    30000,         PROTOCOL, "silent for 30 s gives way"),
	B(CHANGES_MAX,         50,            PROTOCOL, "the latest 50 first"),
	B(CARD_MEMBERS_MAX,    128,           PROTOCOL, "At most 128 members of the 256 people"),
	B(CARD_SUBJECTS_MAX,   256,           PROTOCOL, "At most 128 members of the 256 people"),
	B(CARD_VISITS,         5,             PROTOCOL, "the last first: 5 visits, 10 of aid, 5 of money"),
	B(CARD_AID,            10,            PROTOCOL, "the last first: 5 visits, 10 of aid, 5 of money"),
	B(CARD_FUNDS,          5,             PROTOCOL, "the last first: 5 visits, 10 of aid, 5 of money"),
	B(CARD_AID_MAX,        2000,          PROTOCOL, "the latest 2,000 when `whole` is false"),
	B(CARD_LOOKS_MAX,      100000,        PROTOCOL, "and 100,000 entries are looked at"),
	B(LAST_LOOKS_MAX,      10000,         PROTOCOL, "10,000 entries are looked at for it"),
	B(SEATS_MAX,           128,           PROTOCOL, "| `SEATS_MAX` | 128 connections"),
	B(SEATS_OWN_MAX,       127,           PROTOCOL, "| `SEATS_OWN_MAX` | 127:"),
	B(SEATS_OTHERS_MAX,    126,           PROTOCOL, "| `SEATS_OTHERS_MAX` | 126:"),
	B(SEATS_SHARE_MAX,     64,            PROTOCOL, "| `SEATS_SHARE_MAX` | 64 connections of one user"),
	B(SEATS_GRACE_MS,      1000,          PROTOCOL, "| `SEATS_GRACE_MS` | 1,000 ms"),
	B(SEATS_IDLE_MS,       300000,        PROTOCOL, "| `SEATS_IDLE_MS` | 300,000 ms"),
	B(SEATS_HALF_MS,       30000,         PROTOCOL, "| `SEATS_HALF_MS` | 30,000 ms"),
	B(SEATS_USER_BYTES_MAX, 8388608,      PROTOCOL, "| `SEATS_USER_BYTES_MAX` | 8 MiB"),
	B(SEATS_USER_PEAK_MAX, 16777216,      PROTOCOL, "| `SEATS_USER_PEAK_MAX` | 16 MiB"),
	B(SEATS_ALL_PEAK_MAX,  50331648,      PROTOCOL, "| `SEATS_ALL_PEAK_MAX` | 48 MiB"),

	B(STORE_APPLY_MAX,         8192,          STORAGE, "| `STORE_APPLY_MAX` | 8,192 entries"),
	B(STORE_STAGE_BYTES_MAX,   4194304,       STORAGE, "| `STORE_STAGE_BYTES_MAX` | 4 MiB, or"),
	B(STORE_JOURNAL_BYTES_MIN, 1048576,       STORAGE, "| `STORE_JOURNAL_BYTES_MIN` | 1 MiB; 8 MiB by"),
	B(STORE_JOURNAL_BYTES,     8388608,       STORAGE, "| `STORE_JOURNAL_BYTES_MIN` | 1 MiB; 8 MiB by"),
	B(STORE_FREE_BYTES_MIN,    16777216,      STORAGE, "| `STORE_FREE_BYTES_MIN` | 16 MiB free"),
	B(STORE_MAP_BYTES,         68719476736,   STORAGE, "| map | 64 GiB by default"),
	B(FOLD_SUM_MAX,            1000000000000, STORAGE, "| one entry | `FEN_MAX` to any sum |"),
	B(GROSS_LOG_MAX,           4503599627370495, STORAGE, "| `GROSS_LOG_MAX`, one log's `gross` | 2^52 − 1"),
	B(FLAG_LOOKS_MAX,          4000,          STORAGE, "| `FLAG_LOOKS_MAX` | 4,000 flags"),
	B(VIEW_LOOK_MAX,           4096,          STORAGE, "| `VIEW_LOOK_MAX` | 4,096 hits"),
	B(VERSIONS_KEPT_MAX,       4096,          STORAGE, "| 4,096 versions of 1,024 subjects that a view keeps"),
	B(VERSIONS_SUBJECTS_MAX,   1024,          STORAGE, "| 4,096 versions of 1,024 subjects that a view keeps"),
	B(VIEW_BEARERS_MAX,        65536,         STORAGE, "| `VIEW_BEARERS_MAX` | 65,536 volunteers"),
	B(VIEW_BEARERS_MAX,        65536,         PROTOCOL, "At most 65,536 volunteers may fit"),
	B(LOOK_BYTES_MAX,          63,            PROTOCOL, "at most 63 bytes once half-width"),
	B(LOOK_TAIL_MIN,           4,             PROTOCOL, "or the last 4 or more"),
	B(ROSTER_NODES_MAX,        100000,        STORAGE, "| `ROSTER_NODES_MAX` | 100,000 nodes"),
	B(VIEW_NEWEST_MAX,         4096,          STORAGE, "| `VIEW_NEWEST_MAX` | 4,096 rows"),
	B(CHECK_MALFORMED_MAX,     20,            STORAGE, "| `CHECK_MALFORMED_MAX` | 20 malformed"),
	B(MALFORMED_FIRST_MAX,     8,             STORAGE, "| `MALFORMED_FIRST_MAX` | 8 malformed"),
	B(CHECK_FINDINGS_MAX,      100,           STORAGE, "| `CHECK_FINDINGS_MAX` | 100 findings"),
	B(REFOLD_ROWS_MAX,         1048576,       STORAGE, "| `REFOLD_ROWS_MAX` | 1,048,576 rows"),
#undef B
};
/* clang-format on */
enum { BOUNDS = sizeof bounds / sizeof *bounds };

static void every_bound_is_the_figure_that_was_promised(void **state)
{
	(void)state;
	for (size_t i = 0; i < BOUNDS; i++)
		if (bounds[i].is != bounds[i].figure)
			fail_msg("%s is %lld, not %lld", bounds[i].name, (long long)bounds[i].is,
				 (long long)bounds[i].figure);
}

static char *document(const char *name)
{
	char path[512], *text = calloc(1, 1 << 18);

	assert_non_null(text);
	(void)snprintf(path, sizeof path, GOLDEN_DIR "/../../%s", name);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 18) - 1, file) > 0);
	fclose(file);
	return text;
}

static void every_figure_stands_in_the_document(void **state)
{
	static const char *const names[] = { PROTOCOL, STORAGE };

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		char *text = document(names[n]);

		for (size_t i = 0; i < BOUNDS; i++)
			if (strcmp(bounds[i].document, names[n]) == 0 &&
			    strstr(text, bounds[i].sentence) == NULL)
				fail_msg("%s does not say \"%s\"", names[n], bounds[i].sentence);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bound_is_the_figure_that_was_promised),
		cmocka_unit_test(every_figure_stands_in_the_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
