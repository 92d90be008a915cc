/* SPDX-License-Identifier: Apache-2.0 */
/* prompt.c -- see prompt.h. Questions go to the error stream, so that the answer's stream stays
 * clean. */
#include "client/prompt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/codes.h"

static void prompt_question(struct client *c, const struct field *field);
static void prompt_choices(struct client *c, const struct code_list *list);
static struct bytes trimmed(struct bytes text);

bool prompt_possible(void)
{
	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

static int kept(struct bytes text, char **out)
{
	*out = malloc(text.len + 1);
	if (*out == NULL)
		return BF_ENOMEM;
	(void)bytes_cstr(text, *out, text.len + 1);
	return BF_OK;
}

int prompt_field(struct client *c, const struct field *field, char **out)
{
	char line[PROMPT_BYTES_MAX];

	for (;;) {
		prompt_question(c, field);
		if (fgets(line, sizeof(line), stdin) == NULL) {
			(void)fputc('\n', c->err); /* what follows is no answer */
			return BF_EMORE;
		}
		struct bytes text = trimmed(bytes_str(line));
		if (text.len == 0 && (field->flags & F_REQUIRED) != 0) {
			(void)fprintf(
			    c->err, "%s\n",
			    say(c, "  这一项必须填，请输入（Ctrl-C 放弃）。",
				"  This one is required; please give it (Ctrl-C gives up)."));
			continue;
		}
		if (!bytes_utf8(text)) {
			struct fault f;
			(void)fault_say(&f, FAULT_TYPED_BYTES, say(c, field->zh, field->name), NULL,
					NULL);
			(void)fprintf(c->err, "%s\n", say(c, f.zh, f.en));
			continue;
		}
		return kept(text, out);
	}
}

/* A line from the input. Not *whole: it is longer than `cap`, or a byte 0 stands in it, behind
 * which nothing would be read. */
static bool line_read(char *line, size_t cap, enum fault_code *wrong)
{
	size_t used = 0;
	int byte;

	while ((byte = getc(stdin)) != EOF && byte != '\n') {
		if (byte == 0 || used + 1 == cap)
			*wrong = byte == 0 ? FAULT_TYPED_BYTES : FAULT_OPTION_LONG;
		if (used + 1 < cap)
			line[used++] = (char)byte;
	}
	line[used] = '\0';
	return byte != EOF || used > 0;
}

int prompt_line(struct client *c, const char *what, char **out)
{
	char line[PROMPT_BYTES_MAX];

	if (prompt_possible()) {
		(void)fprintf(c->err, "%s%s", what, say(c, "：", ": "));
		(void)fflush(c->err);
	}
	enum fault_code wrong = FAULT_NONE;

	if (!line_read(line, sizeof(line), &wrong)) {
		if (prompt_possible())
			(void)fputc('\n', c->err);
		return BF_EMORE;
	}
	struct bytes text = trimmed(bytes_str(line));
	int rc = text.len == 0 ? BF_EINVAL : 0;

	if (rc == 0 && wrong == FAULT_NONE && !bytes_utf8(text))
		wrong = FAULT_TYPED_BYTES;
	if (rc == 0)
		rc = wrong == FAULT_NONE ? kept(text, out)
					 : fault_say(&c->fault, wrong, what, NULL, NULL);

	explicit_bzero(line, sizeof(line));
	return rc;
}

static void prompt_question(struct client *c, const struct field *field)
{
	const char *hint = "";

	switch ((enum field_type)field->type) {
	case T_DAY:
		hint = say(c, "（如 2026-11-23、11-23 或 昨天）",
			   " (like 2026-11-23, 11-23 or yesterday)");
		break;
	case T_FEN:
		hint = say(c, "（元，如 1200.50 或 3.2万）", " (yuan, like 1200.50)");
		break;
	case T_DECIMAL:
		hint = say(c, "（如 85.5）", " (like 85.5)");
		break;
	case T_MINUTES:
		hint = (field->flags & F_CLOCK) != 0
			   ? say(c, "（如 9:30 或 下午2点）", " (like 9:30, in 24 hours)")
			   : say(c, "（如 90、1:30 或 1小时30分）", " (like 90, 1:30 or 1.5h)");
		break;
	case T_BOOL:
		hint = say(c, "（是/否）", " (yes/no)");
		break;
	case T_REF:
		hint = say(c, "（一个编号或记录号）", " (one number or ref)");
		break;
	case T_REFS:
		hint = say(c, "（编号，多个用逗号分开）", " (number; several with commas)");
		break;
	case T_ACCOUNT:
		prompt_choices(c, &list_party);
		hint = say(c, "（区划代码、户:户编号，或以上一项的词）",
			   " (a division's code, household:NUMBER, or a word above)");
		break;
	default:
		break;
	}
	if (field->list != NULL)
		prompt_choices(c, field->list);
	(void)fprintf(c->err, "%s%s%s", say(c, field->zh, field->en), hint, say(c, "：", ": "));
	(void)fflush(c->err);
}

static void prompt_choices(struct client *c, const struct code_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		(void)fprintf(c->err, "  %3u %s\n", list->codes[i].code,
			      say(c, list->codes[i].zh, list->codes[i].en));
}

static struct bytes trimmed(struct bytes text)
{
	while (text.len > 0 && strchr(" \t\r\n", text.p[0]) != NULL)
		text = bytes_of(text.p + 1, text.len - 1);
	while (text.len > 0 && strchr(" \t\r\n", text.p[text.len - 1]) != NULL)
		text.len--;
	return text;
}
