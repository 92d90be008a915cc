/* SPDX-License-Identifier: Apache-2.0 */
/* message.h -- what two nodes say to each other: one canonical msgpack array [type, ...] per frame.
 *
 * Every message is one row of a table (message.c): its fields in order, their types and bounds.
 * Encoding, decoding and the tables in README.md follow it. More members than known at the
 * end of an array are accepted and ignored (a newer peer). Members that were added *later* may be
 * missing (an older peer) and then are 0, or empty; any other that is missing is BF_EFORMAT.
 * Memory: a taken message borrows from the payload. */
#ifndef BF_MESSAGE_H
#define BF_MESSAGE_H

#include "bytes.h"
#include "chain.h"
#include "crypto.h"
#include "entry.h"
#include "frame.h"

enum {
	PROTOCOL_VERSION = 1,
	BATCH_ENTRIES_MAX = 1024,
	BATCH_RAW_MAX = 192 * 1024,   /* entry bytes of one batch before compression */
	BATCH_WINDOW = 4,             /* batches that may be under way without a STORED */
	REASON_BYTES_MAX = 256,
	PROGRAM_BYTES_MAX = 32,
	PLACES_MAX = 4096,
	TOKEN_SECRET_BYTES = 16,
	MESSAGE_DEPTH_MAX = 4,        /* members a newer peer adds may be containers */
	MESSAGE_ITEMS_MAX = 64,       /* of the payload's array and all within it */
	MESSAGE_FIELDS_MAX = 12,
};

#define ALPN_SYNC "bangfu-sync/1"   /* the hub requires a known key in the handshake */
#define ALPN_ENROL "bangfu-enrol/1" /* any key; only ENROL is answered */

/* MESSAGE_ and not MSG_: <sys/socket.h> has MSG_BATCH. */
enum message_type {
	MESSAGE_HELLO = 1,    /* station: here is my log */
	MESSAGE_WELCOME = 2,  /* hub: this much of it I hold */
	MESSAGE_BATCH = 3,    /* station: entries, compressed, with a signed head */
	MESSAGE_STORED = 4,   /* hub: durable up to here */
	MESSAGE_BYE = 5,      /* either: done, nothing lost by closing */
	MESSAGE_BUSY = 6,     /* hub: come back in n s */
	MESSAGE_REFUSE = 7,   /* either: this cannot go on, and why */
	MESSAGE_ENROL = 8,    /* new node: my token and key */
	MESSAGE_ENROLLED = 9, /* hub: your place */
	MESSAGE_COUNT
};

struct msg_hello {
	uint64_t version, origin;
	uint64_t seq;                /* of my log's head */
	struct hash hash;            /* at that head */
	int64_t now_ms;              /* my wall clock */
	uint64_t seen_epoch, seen_length; /* newest checkpoint I hold; 0, 0 when none */
	struct hash seen_order;
	uint64_t rewound;            /* 1: in that epoch you were once found set back behind it */
	struct bytes program;        /* my version, for people; empty: unsaid */
};
struct msg_welcome {
	uint64_t version;
	int64_t now_ms;
	uint64_t window;             /* batches I take before you must wait */
	uint64_t next_s;             /* please come again in so many seconds */
	struct checkpoint checkpoint; /* of your origin, which is not sent again: 0 when taken. A zero hash
				       * (nil on the wire): the one in your HELLO */
	struct malformed malformed;   /* of your entries that I hold; later: an older hub does not say */
};
struct msg_batch {
	uint64_t origin, first, count;
	struct head head;            /* at first+count-1; only hash and sig travel */
	uint64_t raw_bytes;          /* of the entries, uncompressed */
	struct bytes packed;         /* pack.h */
};
struct msg_stored {
	uint64_t ordinal;            /* of the last entry in the hub's order; 0 when all were held before */
	struct checkpoint checkpoint; /* origin as in WELCOME; the hash is always there */
	struct malformed malformed;   /* as in WELCOME */
};
struct msg_bye { uint64_t entries; /* sent or taken in this session */ };
struct msg_busy {
	uint64_t retry_s;
	struct bytes name;           /* later: of the fault, why; empty: too many are here */
};
struct msg_refuse {
	uint64_t rc;                 /* -BF_E... */
	struct bytes name, zh, en;   /* of the fault */
};
struct msg_enrol {
	uint64_t version;
	struct bytes secret;         /* TOKEN_SECRET_BYTES */
	uint64_t incarnation;
	struct bytes name;           /* the machine's, for the operator's list */
	int64_t now_ms;
	uint64_t keep_name;          /* 1: nobody chose `name`; one that the hub knows already stays */
};
struct place_row { uint64_t code; struct bytes name; };
struct msg_enrolled {
	uint64_t origin, division, role, epoch;
	int64_t now_ms;
	struct bytes hub_name;
	struct bytes edition;        /* of the division table */
	struct bytes places;         /* a msgpack array [code, name, code, name, ...]: read with message_places */
};

struct message {
	enum message_type type;
	union {
		struct msg_hello hello;
		struct msg_welcome welcome;
		struct msg_batch batch;
		struct msg_stored stored;
		struct msg_bye bye;
		struct msg_busy busy;
		struct msg_refuse refuse;
		struct msg_enrol enrol;
		struct msg_enrolled enrolled;
	};
};

/* Append one frame with the message. BF_EBOUND when it would be over a bound. */
int message_put(struct buf *out, const struct message *m);
/* Read one payload. BF_EFORMAT, BF_EBOUND; BF_EVERSION for an unknown type. `doc` gives the memory. */
int message_take(struct bytes payload, struct mp_doc *doc, struct message *m);
/* Walk the places of an ENROLLED. Calls `each` for every row until it returns non-zero. */
int message_places(struct bytes places, int (*each)(void *ctx, struct place_row row), void *ctx);
const char *message_name(enum message_type type); /* "HELLO"; "?" for no type; static */

/* The table itself, for the specification's test and for fuzzers. */
enum field_form {
	FORM_UINT,   /* min..max */
	FORM_INT,    /* any int64 */
	FORM_HASH,   /* bin 32 */
	FORM_HASH_0, /* bin 32, or nil for all zeros */
	FORM_SIG,    /* bin 64 */
	FORM_BIN,    /* min..max bytes */
	FORM_STR,    /* min..max bytes, no control characters */
};
struct message_field {
	const char *name;
	enum field_form form;
	size_t at; /* in struct message */
	uint64_t min, max;
	bool later; /* older peers do not send it: then it is 0, or empty. At the end of its row */
};
/* Fields of a type in the order of the wire; *count 0 for an unknown type. Static. */
const struct message_field *message_fields(enum message_type type, size_t *count);

#endif
