/* SPDX-License-Identifier: Apache-2.0 */
/* command.h -- the table of verbs and of their options; help, completion, manual and parsing read
 * it.
 *
 * Fixed verbs are rows of commands.c; each kind of the schema (protocol/schema.h) adds one more
 * verb by which it is logged. So a new kind or field has its verb, option, prompt and help without
 * a line here. */
#ifndef BF_COMMAND_H
#define BF_COMMAND_H

#include "client/args.h"
#include "client/client.h"
#include "protocol/schema.h"

enum command_flag {
	NEEDS_NODE = 1,   /* main connects before the verb runs */
	TAKES_DIMS = 2,   /* the dimension fields of all kinds are options (filters) */
	SECRET_WORDS = 4, /* its words are taken out of argv (args.h) */
	READ = 8,         /* a person reads its answer: lines are folded and paged on a terminal */
	FOLDED = 16,      /* its lines are folded where there is no terminal too */
	MEASURES = 32,    /* it has a form for monitoring systems (metrics.h) */
	TAKES_FIELDS = 256, /* the fields of all kinds that are corrected by a new entry are options */
};

struct option {
	const char *name;
	const char *value; /* what stands for the value in help; NULL for a flag; "[=…]": it may be
			      left out */
	const char *zh, *en;
	const struct field *field; /* of a schema option, else NULL */
};

struct command {
	const char *name;
	int (*run)(struct client *c, const struct args *a);
	unsigned flags;
	uint32_t words_min, words_max;
	const char *words;             /* usage of what is no option: "REF", "[PLACE]" */
	const char *zh, *en;           /* one line each */
	const char *more_zh, *more_en; /* a paragraph for help; "" when the line says all */
	const struct option *options;  /* ended by a NULL name; or NULL */
	const struct kind *kind;       /* of a verb that logs, else NULL */
};

/* The verb at `index`, fixed ones first; false past the end. */
bool command_at(size_t index, struct command *out);
bool command_find(const char *name, struct command *out);
/* The option at `index`: its own, the schema's fields, dimensions, then the global ones; false past
 * the end. */
bool command_option(const struct command *cmd, size_t index, struct option *out);
/* By name; a schema field also by its Chinese name. */
bool command_option_find(const struct command *cmd, const char *name, struct option *out);
/* The word among `count` candidates nearest to `typed`, or NULL when none is near. */
const char *command_nearest_verb(const char *typed);
const char *command_nearest_option(const struct command *cmd, const char *typed);

int cmd_backup(struct client *c, const struct args *a);
int cmd_balance(struct client *c, const struct args *a);
int cmd_completion(struct client *c, const struct args *a);
int cmd_counters(struct client *c, const struct args *a);
int cmd_edit(struct client *c, const struct args *a);
int cmd_enrol(struct client *c, const struct args *a);
int cmd_find(struct client *c, const struct args *a);
int cmd_help(struct client *c, const struct args *a);
int cmd_import(struct client *c, const struct args *a);
int cmd_list(struct client *c, const struct args *a);
int cmd_log(struct client *c, const struct args *a);
int cmd_methods(struct client *c, const struct args *a);
int cmd_nodes(struct client *c, const struct args *a);
int cmd_place(struct client *c, const struct args *a);
int cmd_places(struct client *c, const struct args *a);
int cmd_restore(struct client *c, const struct args *a);
int cmd_revoke(struct client *c, const struct args *a);
int cmd_acts(struct client *c, const struct args *a);
int cmd_schema(struct client *c, const struct args *a);
int cmd_show(struct client *c, const struct args *a);
int cmd_status(struct client *c, const struct args *a);
int cmd_sync(struct client *c, const struct args *a);
int cmd_token(struct client *c, const struct args *a);
int cmd_total(struct client *c, const struct args *a);
int cmd_undo(struct client *c, const struct args *a);
int cmd_verify(struct client *c, const struct args *a);
int cmd_version(struct client *c, const struct args *a);
int cmd_void(struct client *c, const struct args *a);

#endif
