/* SPDX-License-Identifier: Apache-2.0 */
/* args.h -- the command line as words and named values, checked against the table of its verb.
 *
 * `--name value`, `--name=value`, `--` ends the options; a value in brackets in the table
 * ("[48]") may be left out. Global options may stand before or after the verb. An unknown name is refused with the nearest one that exists; a name given twice is
 * refused, except fields that hold several values: those are joined with a comma, or a line's end where each is a pair.
 * Every user of a machine can read every process's arguments. What may be personal or secret (the
 * fields of a record, --subject, --reason, the words of `show`, `find`, `balance` and `enrol`) is copied and its place in argv
 * overwritten with zeros as soon as it is read; `-` in its stead keeps it out from the start
 * (prompt.h). Memory: other values borrow argv, copies and joined ones are the struct's own until
 * args_fini. */
#ifndef BF_ARGS_H
#define BF_ARGS_H

#include "protocol/fault.h"
#include "protocol/bytes.h"
#include "protocol/errors.h"

enum { ARGS_GIVEN_MAX = 96, ARGS_WORDS_MAX = 16, ARGS_JOINED_MAX = 16384 /* as long as a record */ };

struct command;

struct args {
	const struct command *cmd;
	const char *words[ARGS_WORDS_MAX];
	char *own_words[ARGS_WORDS_MAX]; /* set when the word was taken out of argv */
	uint32_t word_count;
	struct arg_given {
		const char *name;  /* as the table has it */
		const char *value; /* "" for a flag */
		char *own;         /* set when value was joined, or taken out of argv */
	} given[ARGS_GIVEN_MAX];
	uint32_t given_count;
};

/* Read argv[1..], whose strings must be writable. *cmd is filled with the verb (help when none is
 * given or when --help is among the options: then the verb itself becomes help's word). Returns 0
 * or BF_E... with the fault said; args_fini in any case. */
int args_take(struct args *a, struct command *cmd, int argc, char **argv, struct fault *f);
void args_fini(struct args *a);
/* The value of an option; NULL when it was not given. */
const char *args_get(const struct args *a, const char *name);
/* Refuse any of these options (NULL ends them), for which `use` has no use. */
int args_idle(const struct args *a, const char *use, const char *const *options, struct fault *f);
bool args_has(const struct args *a, const char *name);
/* An option's value as a number within bounds; `otherwise` when it was not given. 0 or BF_EINVAL
 * with fault. */
int args_uint(const struct args *a, const char *name, uint64_t min, uint64_t max,
	      uint64_t otherwise, uint64_t *out, struct fault *f);

#endif
