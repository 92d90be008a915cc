/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h -- what a person reads when something is wrong: what, where, how to mend it.
 *
 * Each fault has a row in one catalogue (fault.c): a stable name, a Chinese and an
 * English sentence with {a} and {b} for two details. Both sentences are made at once,
 * so that a fault can cross the socket and be shown in the reader's language.
 * Details never hold a name, an ID or an account number in clear: what was typed may be repeated,
 * and fault_say masks every number in it that has the form of an ID, a phone or a bank account
 * (person.h). A sentence says how to mend the matter. Add a row for each new fault; never build a
 * sentence elsewhere. */
#ifndef BF_FAULT_H
#define BF_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

enum { FAULT_TEXT_MAX = 480, FAULT_WHERE_MAX = 96 };

enum fault_code {
	FAULT_NONE = 0,
#define FAULT(code, name, rc, zh, en) code,
#include "fault_table.h"
#undef FAULT
	FAULT_COUNT,
};

struct fault {
	enum fault_code code;
	int rc;                      /* the BF_E... this fault stands for */
	char where[FAULT_WHERE_MAX]; /* field, line:column, path or option; "" if none */
	char zh[FAULT_TEXT_MAX];
	char en[FAULT_TEXT_MAX];
};

/* One detail in both languages. */
struct words {
	const char *zh, *en;
};

/* Fill `f` (may be NULL) from the catalogue. `where`, `a`, `b` may be NULL; all are copied, cut at
 * a whole character. Returns the row's BF_E..., so callers can `return fault_say(...)`. */
int fault_say(struct fault *f, enum fault_code code, const char *where, const char *a,
	      const char *b);

/* Words for a result that nobody has put into words on its way: no memory, busy, stopping; what else
 * comes so far is a mistake of ours, and `internal`. Returns the row's BF_E... */
int fault_of(struct fault *f, int rc, const char *where);

/* The same where {a} is a word that each language has its own of, such as a kind of record. */
int fault_say_word(struct fault *f, enum fault_code code, const char *where, const char *zh,
		   const char *en, const char *b);

/* The same where a detail is words of our own that differ: "快 3 天", "3 days fast". */
int fault_tell(struct fault *f, enum fault_code code, const char *where, struct words a,
	       struct words b);

/* The same where {b} is what somebody has just typed for the number of a household or a record: he must see it as he typed
 * it, or its slip stays hidden. What cannot be such a number of `here` is masked (person.h); "?" when a terminal would obey it. */
int fault_tell_typed(struct fault *f, enum fault_code code, const char *where, struct words a,
		     struct bytes typed, uint64_t here);

/* Call the place of a fault as its reader calls it: where a parameter is at fault that somebody gave
 * as an argument of a command. Sentences that name no place, or name it behind a detail, stay; so
 * do those of a catalogue that is not ours. */
void fault_rename(struct fault *f, const char *where);

/* In the Chinese sentence, where it begins with the place, call `name` by its Chinese term; `where` stays what programs
 * know it by. */
void fault_term(struct fault *f, const char *name, const char *zh);

/* What the system said ("Permission denied"), for both sentences; other text is the same in both, NULL is
 * empty. fault_say asks it for every detail, so callers hand on strerror and uv_strerror as they are. */
struct words fault_words(const char *text);

/* Typed text for a detail: masked before it is cut, and "?" when a terminal would obey it. Returns
 * `out`. */
const char *fault_typed(struct bytes text, char out[FAULT_WHERE_MAX]);

/* The stable name of a code, for RPC and logs: "id_checksum". Static. */
const char *fault_name(enum fault_code code);

#endif
