/* SPDX-License-Identifier: Apache-2.0 */
/* args.c -- see args.h. One pass, left to right: the verb is known before its own options are met.
 */
#include "client/args.h"

#include <stdlib.h>
#include <string.h>

#include "client/command.h"

static const char *long_form(const char *text);
static int args_option(struct args *a, const char *text, int argc, char **argv, int *at,
		       struct fault *f);
static int args_word(struct args *a, struct command *cmd, char *word, struct fault *f);
static int args_keep(struct args *a, const struct option *o, const char *value, struct fault *f);
static int args_take_out(struct args *a, const struct option *o, char *value, struct fault *f);
static int args_join(struct arg_given *g, char mark, const char *value, struct fault *f);
static int args_settle(struct args *a, struct command *cmd, struct fault *f);
static int args_utf8(const struct args *a, struct fault *f);

int args_take(struct args *a, struct command *cmd, int argc, char **argv, struct fault *f)
{
	bool options = true;

	memset(a, 0, sizeof(*a));
	memset(cmd, 0, sizeof(*cmd));
	for (int at = 1; at < argc; at++) {
		char *s = argv[at];
		int rc;
		if (options && strcmp(s, "--") == 0) {
			options = false;
			continue;
		}
		if (options && s[0] == '-' && s[1] != '\0')
			rc = args_option(a, long_form(s), argc, argv, &at, f);
		else
			rc = args_word(a, cmd, s, f);
		if (rc != 0)
			return rc;
	}
	int rc = args_settle(a, cmd, f);
	return rc != 0 ? rc : args_utf8(a, f);
}

/* The two short options that hands know from elsewhere. */
static const char *long_form(const char *text)
{
	if (strcmp(text, "-h") == 0)
		return "--help";
	if (strcmp(text, "-q") == 0)
		return "--quiet";
	return text;
}

/* Of a value that may be left out: a number or a day behind its option is one. */
static bool number_follows(int argc, char **argv, int at)
{
	return at + 1 < argc && argv[at + 1][0] >= '0' && argv[at + 1][0] <= '9';
}

static int args_option(struct args *a, const char *text, int argc, char **argv, int *at,
		       struct fault *f)
{
	const char *name = text + (text[1] == '-' ? 2 : 1);
	const char *equals = strchr(name, '=');
	char key[128];
	struct option o;

	(void)bytes_cstr(bytes_of(name, equals != NULL ? (size_t)(equals - name) : strlen(name)),
			 key, sizeof(key));
	if (text[1] != '-' || !command_option_find(a->cmd, key, &o)) {
		const char *near = command_nearest_option(a->cmd, key);
		return near == NULL ? fault_say(f, FAULT_OPTION_UNKNOWN, text, NULL, NULL)
				    : fault_say(f, FAULT_OPTION_NEAR, text, near, NULL);
	}
	if (o.field != NULL && o.field->type == T_BOOL && equals == NULL) {
		/* `--water` alone is yes. A word behind it can only be its own: verbs that have
		 * such fields take no words, and the node says what is wrong with one. */
		bool follows = *at + 1 < argc && argv[*at + 1][0] != '-';
		return args_keep(a, &o, follows ? argv[++*at] : "1", f);
	}
	if (o.value == NULL) {
		if (equals != NULL)
			return fault_say(f, FAULT_OPTION_FLAG, o.name, NULL, NULL);
		return args_keep(a, &o, "", f);
	}
	if (equals == NULL && o.value[0] == '[')
		return args_keep(a, &o, number_follows(argc, argv, *at) ? argv[++*at] : "", f);
	if (equals != NULL)
		return args_take_out(a, &o, argv[*at] + (equals + 1 - text), f);
	if (o.value[0] == '[') /* it may stand alone */
		return args_keep(a, &o, "", f);
	if (*at + 1 >= argc)
		return fault_say(f, FAULT_OPTION_VALUE, o.name, o.value, NULL);
	return args_take_out(a, &o, argv[++*at], f);
}

/* A copy, and nothing left in its place for others to read. */
static char *taken_out(char *value)
{
	size_t len = strlen(value);
	char *copy = malloc(len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, value, len + 1);
	explicit_bzero(value, len);
	return copy;
}

static int args_take_out(struct args *a, const struct option *o, char *value, struct fault *f)
{
	bool about_people =
	    o->field != NULL || strcmp(o->name, "subject") == 0 || strcmp(o->name, "reason") == 0;

	if (!about_people)
		return args_keep(a, o, value, f);
	char *copy = taken_out(value);

	if (copy == NULL)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	uint32_t before = a->given_count;
	int rc = args_keep(a, o, copy, f);

	if (a->given_count > before)
		a->given[before].own = copy;
	else
		free(copy); /* joined to another, or refused */
	return rc;
}

static int args_word(struct args *a, struct command *cmd, char *word, struct fault *f)
{
	if (a->cmd == NULL) {
		if (!command_find(word, cmd)) {
			const char *near = command_nearest_verb(word);
			return near == NULL ? fault_say(f, FAULT_VERB_UNKNOWN, word, NULL, NULL)
					    : fault_say(f, FAULT_VERB_NEAR, word, near, NULL);
		}
		a->cmd = cmd;
		return BF_OK;
	}
	if (a->word_count == ARGS_WORDS_MAX)
		return fault_say(f, FAULT_WORD_EXTRA, cmd->name, word, NULL);
	if ((cmd->flags & SECRET_WORDS) != 0) {
		char *copy = taken_out(word);

		if (copy == NULL)
			return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
		a->own_words[a->word_count] = copy;
		word = copy;
	}
	a->words[a->word_count++] = word;
	return BF_OK;
}

static int args_keep(struct args *a, const struct option *o, const char *value, struct fault *f)
{
	bool each = o->field != NULL && o->field->type == T_EACH;
	bool several =
	    o->field != NULL && (each || o->field->type == T_REFS || o->field->type == T_CODES ||
				 (o->field->flags & F_EACH) != 0);

	for (uint32_t i = 0; i < a->given_count; i++) {
		struct arg_given *g = &a->given[i];
		if (strcmp(g->name, o->name) != 0)
			continue;
		if (several)
			return args_join(g, each ? '\n' : ',', value, f);
		if (o->value == NULL)
			return BF_OK; /* a flag twice says nothing new */
		return fault_say(f, FAULT_OPTION_TWICE, o->name, NULL, NULL);
	}
	if (a->given_count == ARGS_GIVEN_MAX)
		return fault_say(f, FAULT_OPTION_TWICE, o->name, NULL, NULL);
	a->given[a->given_count++] = (struct arg_given){ .name = o->name, .value = value };
	return BF_OK;
}

static int args_join(struct arg_given *g, char mark, const char *value, struct fault *f)
{
	size_t old = strlen(g->value);
	size_t more = strlen(value);

	if (old + 1 + more >= ARGS_JOINED_MAX)
		return fault_say(f, FAULT_OPTION_LONG, g->name, NULL, NULL);
	char *joined = malloc(old + 1 + more + 1);
	if (joined == NULL)
		return fault_say(f, FAULT_INTERNAL, g->name, "BF_ENOMEM", NULL);
	memcpy(joined, g->value, old);
	joined[old] = mark;
	memcpy(joined + old + 1, value, more + 1);
	free(g->own);
	g->own = joined;
	g->value = joined;
	return BF_OK;
}

/* No verb is a question for help; --help turns `visit --help` into `help visit`. */
static int args_settle(struct args *a, struct command *cmd, struct fault *f)
{
	bool version = args_has(a, "version");

	if (a->cmd == NULL || args_has(a, "help")) {
		const char *verb = cmd->name;
		if (!command_find(a->cmd == NULL && version ? "version" : "help", cmd))
			return fault_say(f, FAULT_INTERNAL, "help", "BF_EBUG", NULL);
		a->cmd = cmd;
		a->word_count = 0;
		if (verb != NULL)
			a->words[a->word_count++] = verb;
		return BF_OK;
	}
	if (a->word_count < cmd->words_min)
		return fault_say(f, FAULT_WORD_MISSING, cmd->name, cmd->words, NULL);
	if (a->word_count > cmd->words_max)
		return fault_say(f, FAULT_WORD_EXTRA, cmd->name, a->words[cmd->words_max], NULL);
	return BF_OK;
}

/* What the node keeps or looks for is text; the names of files are whatever bytes they are. */
static int args_utf8(const struct args *a, struct fault *f)
{
	static const char *const paths[] = { "dir", "socket" };
	char option[64];

	for (uint32_t i = 0; i < a->given_count; i++) {
		const char *name = a->given[i].name;
		if (strcmp(name, paths[0]) == 0 || strcmp(name, paths[1]) == 0 ||
		    bytes_utf8(bytes_str(a->given[i].value)))
			continue;
		(void)snprintf(option, sizeof(option), "--%s", name);
		return fault_say(f, FAULT_TYPED_BYTES, option, NULL, NULL);
	}
	bool file = a->cmd->words != NULL && strncmp(a->cmd->words, "FILE", 4) == 0;

	for (uint32_t i = 0; i < a->word_count && !file; i++) {
		if (!bytes_utf8(bytes_str(a->words[i])))
			return fault_say(f, FAULT_TYPED_BYTES,
					 a->cmd->words != NULL ? a->cmd->words : a->cmd->name, NULL,
					 NULL);
	}
	return BF_OK;
}

void args_fini(struct args *a)
{
	for (uint32_t i = 0; i < a->given_count; i++)
		free(a->given[i].own);
	for (uint32_t i = 0; i < ARGS_WORDS_MAX; i++)
		free(a->own_words[i]);
	memset(a->own_words, 0, sizeof(a->own_words));
	a->given_count = 0;
}

const char *args_get(const struct args *a, const char *name)
{
	for (uint32_t i = 0; i < a->given_count; i++) {
		if (strcmp(a->given[i].name, name) == 0)
			return a->given[i].value;
	}
	return NULL;
}

bool args_has(const struct args *a, const char *name)
{
	return args_get(a, name) != NULL;
}

int args_idle(const struct args *a, const char *use, const char *const *options, struct fault *f)
{
	for (; *options != NULL; options++)
		if (args_has(a, *options))
			return fault_say(f, FAULT_OPTION_IDLE, *options, use, NULL);
	return BF_OK;
}

int args_uint(const struct args *a, const char *name, uint64_t min, uint64_t max,
	      uint64_t otherwise, uint64_t *out, struct fault *f)
{
	const char *text = args_get(a, name);
	char range[48];
	uint64_t n = 0;

	*out = otherwise;
	if (text == NULL)
		return BF_OK;
	bool good = *text != '\0';
	for (const char *s = text; good && *s != '\0'; s++) {
		good = *s >= '0' && *s <= '9' && n <= (UINT64_MAX - 9) / 10;
		if (good)
			n = n * 10 + (uint64_t)(*s - '0');
	}
	if (!good || n < min || n > max) {
		(void)snprintf(range, sizeof(range), "%llu–%llu", (unsigned long long)min,
			       (unsigned long long)max);
		return fault_say(f, FAULT_OPTION_BAD, name, text, range);
	}
	*out = n;
	return BF_OK;
}
