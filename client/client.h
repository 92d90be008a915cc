/* SPDX-License-Identifier: Apache-2.0 */
/* client.h -- what one run of the command line holds: language, format, the way to the node.
 *
 * A verb (cmd_*.c) gets a `struct client` and its arguments and returns an exit code. It prints its
 * answer to `out`; what went wrong it leaves in `fault` through client_fail, and main prints that
 * once. What must be known of an answer that stands is told beside it by client_note. Labels are
 * chosen by say(); sentences about faults come from the catalogue (protocol/fault.h) alone. Thread:
 * one. Memory: main owns the struct; what a call answers lives until the next call. */
#ifndef BF_CLIENT_H
#define BF_CLIENT_H

#include <stdio.h>

#include "client/conn.h"
#include "client/screen.h"

enum client_exit {
	CLIENT_DONE = 0,
	CLIENT_FAILED = 1,
	CLIENT_USAGE = 2,
	CLIENT_NO_NODE = 3,
	CLIENT_REFUSED = 4,
};

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV, FORMAT_OPENMETRICS };

struct command;

struct client {
	const struct command *cmd; /* the verb that runs */
	char lang;                 /* 'z' or 'e' */
	enum format format;
	bool quiet; /* only the answer itself, no words around it */
	bool wan;   /* money in 万元 instead of 元 */
	bool bom;   /* CSV begins with a UTF-8 byte order mark, for spreadsheets */
	char socket[CONN_PATH_MAX];
	FILE *out, *err;
	struct screen screen; /* how large `out` is, when a person reads it there */
	int out_errno;        /* of the first write to `out` that failed; 0 for none */
	struct conn conn;
	struct fault fault;
	bool asked;        /* a person has answered a prompt: his answers are worth waiting for (client_call) */
	struct buf picked; /* pick.h's: who was picked, and what was shown of them */
};

/* The label in the reader's language. Borrowed. When it is a format, the compiler checks both. */
__attribute__((format_arg(2), format_arg(3))) const char *say(const struct client *c,
							      const char *zh, const char *en);

/* In the Chinese sentence of the fault: what help calls the word or option that it is about. */
void client_term(struct client *c);
/* Leave a fault for main to print. Returns `code`, so that a verb can return it. */
int client_fail(struct client *c, enum client_exit code, enum fault_code fault, const char *where,
		const char *a, const char *b);

/* Append to the answer. What fails is kept, for client_flush to tell. */
void client_write(struct client *c, struct bytes text);
/* See that all written so far has left. Returns CLIENT_DONE, else CLIENT_FAILED with the fault that
 * says why; none when a reader has seen enough (`| head`). */
int client_flush(struct client *c);
/* Tell a sentence on the error output at once, behind what the answer says so far; on a terminal
 * that has the answer too, as its next line. */
void client_note(struct client *c, enum fault_code fault, const char *where, const char *a,
		 const char *b);

/* Ask the node; `p` is freed. *result is borrowed until the next call. Returns CLIENT_DONE, or the
 * exit code of what failed, with the fault left in `c`. When no node is there any more, or its
 * disk is full, and prompts were answered, it says so and tries again when told to: nothing was saved. */
int client_call(struct client *c, const char *method, struct params *p, struct mp_val *result);
/* The same, telling `each` of every progress notice. */
int client_call_notices(struct client *c, const char *method, struct params *p, conn_notice *each,
			void *ctx, struct mp_val *result);

/* What an answer lacks: leaves the fault that says so many saved entries are not in it, and returns
 * CLIENT_FAILED; CLIENT_DONE when it lacks none. */
int client_lacking(struct client *c, uint64_t pending);

/* True when a person reads progress: a terminal, and not quiet. */
bool client_watched(const struct client *c);
/* A line of progress that the next one overwrites; `done` ends it. Only when watched. */
void client_progress(const struct client *c, const char *what, uint64_t at, uint64_t of);
void client_progress_end(const struct client *c);

#endif
