/* SPDX-License-Identifier: Apache-2.0 */
/* record.h -- an entry's body as values: decode, check, encode, and to and from what people type.
 *
 * record_take understands the fields this program knows and keeps the bytes of the others;
 * record_put gives the same bytes again (golden: put(take(x)) = x for every accepted x).
 * An older tag of a field (schema.h) is read as the field; where an entry has both the field's own counts.
 * Pure: what needs a table (does the division exist, which household is 150…-12) is asked through
 * `struct resolver`, which the daemon fills.
 * A body is *malformed* when a field that its kind knows is of another type or out of its bounds: somebody's program is
 * wrong. An unknown kind or tag is no such thing: that is a newer program's work.
 * Memory: values borrow from the body's bytes or from what the resolver gave. */
#ifndef BF_RECORD_H
#define BF_RECORD_H

#include "entry.h"
#include "fault.h"
#include "money.h"
#include "schema.h"

struct value {
	union {
		uint64_t u;      /* T_DIVISION T_COUNT T_DECIMAL T_MINUTES T_CODE T_CODES */
		int64_t i;       /* T_DAY T_FEN */
		bool b;          /* T_BOOL */
		struct bytes s;  /* T_TEXT T_ID T_PHONE T_BANK; the raw bin for T_REF T_REFS T_ACCOUNT, the raw array for T_EACH */
	};
};

struct flaw { /* where a body is malformed */
	int rc;      /* BF_EFORMAT a type or form, BF_EBOUND a bound; 0: nowhere */
	uint8_t tag; /* the field's; 0: the body as a whole */
};

struct record {
	const struct kind *kind;
	uint64_t has;                 /* bit i: fields[i] of the kind is present */
	uint64_t older;               /* of those: read from an older tag, which `body` holds */
	uint64_t anew;                /* set or taken out since: what an older tag in `body` said is past */
	struct value v[FIELDS_MAX];   /* by index in kind->fields */
	struct bytes body;            /* what was read; unknown tags are copied from here */
	uint32_t unknown;             /* how many unknown tags body holds, older ones too */
	uint8_t wrong;                /* after a record_take that failed: the tag that broke its rule; 0: the body is no body */
};

void record_init(struct record *r, const struct kind *kind); /* zeroed memory or after fini */
void record_fini(struct record *r);
/* Decode a body and check types and code bounds of known fields (not required-ness: an older or newer
 * program's entry must still be read). Codes not in our list are kept. Malformed: BF_EFORMAT (a type or a form),
 * BF_EBOUND, and r->wrong says where; nothing else fails. */
int record_take(struct record *r, const struct kind *kind, struct bytes body);
/* The same of the body of an entry that entry_take has accepted, which has scanned it. */
int record_take_scanned(struct record *r, const struct kind *kind, struct bytes body);
/* Encode: known and unknown tags together, keys rising. */
int record_put(const struct record *r, struct buf *out);

bool record_has(const struct record *r, uint8_t tag);
const struct value *record_get(const struct record *r, uint8_t tag); /* NULL when absent */
/* Mark the field present and give its slot to be filled, by programs that have values and no text. NULL when the
 * kind has no such tag. */
struct value *record_slot(struct record *r, uint8_t tag);

void record_drop(struct record *r, uint8_t tag); /* it says nothing of the field */
/* What was read goes into a new entry: fields by their own tags alone. */
void record_renew(struct record *r);
/* The same, and what we do not understand stays behind. */
void record_copied(struct record *r);

/* What the pure part must ask. Each returns 0 or a BF_E and then may fill `f`. NULL functions refuse. */
struct resolver {
	void *ctx;
	int32_t today; /* what this node takes for it: no field may lie after it */
	bool typing;   /* somebody types: 昨天 and 11-23 are days too. A file's 11-23 has lost its year. */
	bool any_number; /* households are numbered otherwise than HOUSEHOLD_DIGITS_MIN says (a setting of the node) */
	uint64_t here; /* this node's division */
	/* The division exists (BF_ENOTFOUND); by Chinese name within `here` too. */
	int (*division)(void *ctx, struct bytes text, uint64_t *code, const char *where, struct fault *f);
	/* The entity of `kind` that people call `text` (户编号, 证件号码, or a ref); kind 0: any entry, by its ref. */
	int (*subject)(void *ctx, uint16_t kind, struct bytes text, struct ref *out, const char *where,
		       struct fault *f);
	/* A code that the entry `of`, of this kind, gives in a field; BF_ENOTFOUND when it gives none. */
	int (*code)(void *ctx, uint16_t kind, struct ref of, uint8_t tag, uint64_t *code);
};

/* Reserved at first use of an empty arena; every value of any record that can become an entry fits. */
enum { RECORD_ARENA_BYTES = 2 * ENTRY_BYTES_MAX };

/* A household's number: so many digits, or digits with one dash among them. Whatever the setting, it is one word and no
 * citizen's ID. What bears another name already keeps it: only new ones are judged. */
enum { HOUSEHOLD_DIGITS_MIN = 12, HOUSEHOLD_DIGITS_MAX = 19 };

/* Set `field` from text as a person or a CSV gives it. Text is trimmed; empty text means absent.
 * What the record keeps is copied into `arena`, which must outlive it: one arena for one record, empty at first. It is
 * never reallocated under the record; when it is full that is FAULT_RECORD_LONG.
 * On failure `f` names the field and says how to mend it. */
int record_set_text(struct record *r, const struct field *field, struct bytes text,
		    const struct resolver *ask, struct buf *arena, struct fault *f);
/* What fields say for single ones of refs that are no longer among them goes, as when a visit is
 * corrected to other households. `arena` as above. */
int record_each_fit(struct record *r, struct buf *arena, struct fault *f);
/* Fill defaults (today, here), then: required fields present; the kind's own rules (rules.c: a movement's two sides
 * fit its type, a visit names a household, spouse rules, ...). */
int record_check(struct record *r, const struct resolver *ask, struct fault *f);

/* What people call an entity by, out of the value of its kind's text_key: the text itself, of an ID its person key
 * (a certified member's ID grows by the digits of the card and is the same person). Borrowed from `text`. */
struct bytes record_name(const struct field *field, struct bytes text);

/* Text of a present field, as people read it; masked when personal and `mask`. Codes as words in the language
 * ('z' or 'e'). Refs as ref_print, lists joined by ','. Appended to `out`. */
void record_text(const struct record *r, const struct field *field, bool mask, char lang,
		 struct buf *out);

#endif
