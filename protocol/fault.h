/* fault.h -- what a person reads when something is wrong: what, where, how to mend it.
 *
 * Each fault has a row in one catalogue (fault.c): a stable name, a Chinese and an
 * English sentence with {a} and {b} for two details. Both sentences are made at once,
 * so that a fault can cross the socket and be shown in the reader's language.
 * Details never hold a name, an ID or an account number in clear.
 * A sentence says how to mend the matter. Add a row for each new fault; never build a
 * sentence elsewhere. */
#ifndef BF_FAULT_H
#define BF_FAULT_H

#include <stddef.h>

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

/* Fill `f` (may be NULL) from the catalogue. `where`, `a`, `b` may be NULL; all are copied, cut at
 * a whole character. Returns the row's BF_E..., so callers can `return fault_say(...)`. */
int fault_say(struct fault *f, enum fault_code code, const char *where, const char *a,
	      const char *b);

/* The same where {a} is a word that each language has its own of, such as a kind of record. */
int fault_say_word(struct fault *f, enum fault_code code, const char *where, const char *zh,
		   const char *en, const char *b);

/* The stable name of a code, for RPC and logs: "id_checksum". Static. */
const char *fault_name(enum fault_code code);

#endif
