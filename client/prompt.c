/* SPDX-License-Identifier: Apache-2.0 */
/* prompt.c -- see prompt.h. Questions go to the error stream, so that the answer's stream stays
 * clean. */
#include "client/prompt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/complete.h"
#include "client/typing.h"
#include "client/width.h"
#include "protocol/codes.h"

enum { CHOICES_ONE_EACH_MAX = 10, CHOICE_FRAME = 6 /* "  123 " */ };

static int prompt_read(struct client *c, const char *prompt, const struct field *field,
		       struct buf *line);
static bool prompt_wrong(struct client *c, int rc, const char *what);
static const char *prompt_hint(const struct client *c, const struct field *field);
static void prompt_choices(struct client *c, const struct code_list *list);

bool prompt_possible(void)
{
	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

void prompt_explain(struct client *c)
{
	(void)fprintf(
	    c->err, "%s\n",
	    say(c, "逐项填写：可不填的按回车跳过；Tab 提示可填的内容；Ctrl-C 放弃，什么也不保存。",
		"One by one: Enter skips what may be left out, Tab offers words, Ctrl-C gives up "
		"and saves nothing."));
}

static int kept(struct bytes text, char **out)
{
	*out = malloc(text.len + 1);
	if (*out == NULL)
		return BF_ENOMEM;
	(void)bytes_cstr(text, *out, text.len + 1);
	return BF_OK;
}

static int typed_long(struct fault *f, const char *what)
{
	char most[16];

	(void)snprintf(most, sizeof(most), "%d", TYPING_CHARS_MAX);
	(void)fault_say(f, FAULT_TYPED_LONG, what, most, NULL);
	return BF_EFORMAT;
}

static void buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->len);
	buf_fini(b);
}

int prompt_field(struct client *c, const struct field *field, char **out)
{
	const char *what = say(c, field->zh, field->en);
	struct buf prompt = { 0 }, line = { 0 };
	int rc = BF_EINVAL;

	buf_put_bytes(&prompt, bytes_str(what));
	buf_put_bytes(&prompt, bytes_str(prompt_hint(c, field)));
	buf_put_bytes(&prompt, bytes_str(say(c, "：", ": ")));
	buf_u8(&prompt, '\0');
	if (field->type == T_ACCOUNT)
		prompt_choices(c, &list_party);
	if (field->list != NULL)
		prompt_choices(c, field->list);
	while (prompt.err == 0 && rc != BF_OK) {
		rc = prompt_read(c, (const char *)prompt.p, field, &line);
		if (rc == BF_OK && line.len == 0 && (field->flags & F_REQUIRED) != 0)
			rc = BF_EINVAL;
		if (rc != BF_OK && !prompt_wrong(c, rc, say(c, field->zh, field->name)))
			break;
	}
	rc = prompt.err != 0 ? prompt.err : rc != BF_OK ? rc : kept(buf_bytes(&line), out);
	buf_fini(&prompt);
	buf_wipe(&line);
	return rc;
}

int prompt_line(struct client *c, const char *what, char **out)
{
	char prompt[256];
	struct buf line = { 0 };

	(void)snprintf(prompt, sizeof(prompt), "%s%s", what, say(c, "：", ": "));
	int rc = prompt_read(c, prompt, NULL, &line);

	if (rc == BF_EFORMAT)
		(void)fault_say(&c->fault, FAULT_TYPED_BYTES, what, NULL, NULL);
	else if (rc == BF_EBOUND)
		rc = typed_long(&c->fault, what);
	else if (rc == BF_OK)
		rc = line.len == 0 ? BF_EINVAL : kept(buf_bytes(&line), out);
	buf_wipe(&line);
	return rc;
}

int prompt_word(struct client *c, const char *what, char **out)
{
	struct fault before = c->fault;

	for (;;) {
		c->fault = before;
		int rc = prompt_line(c, what, out);
		if (rc == BF_OK || !prompt_possible() || !prompt_wrong(c, rc, what))
			return rc;
	}
}

struct offered {
	struct client *c;
	const struct field *field;
};

static void offer(void *ctx, struct bytes typed, size_t *from, struct hints *words)
{
	struct offered *o = ctx;
	bool asked = o->c->asked;

	o->c->asked = false; /* in the midst of a line nothing else is asked */
	complete_field(o->c, o->field, typed, from, words);
	o->c->asked = asked;
}

/* A line without the blanks around it. Who gave up has been told by the time this returns, or does
 * not see it return. */
static int prompt_read(struct client *c, const char *prompt, const struct field *field,
		       struct buf *line)
{
	struct offered o = { .c = c, .field = field };
	struct fault gone;
	int rc = typing_line(c->err, prompt, field != NULL ? offer : NULL, &o, line);

	if (rc == BF_ECLOSED) {
		(void)fault_say(&gone, FAULT_GIVEN_UP, NULL, NULL, NULL);
		(void)fprintf(c->err, "bangfu: %s\n", say(c, gone.zh, gone.en));
		typing_die();
	}
	if (rc == BF_EMORE && prompt_possible())
		(void)fault_say(&c->fault, FAULT_GIVEN_UP, NULL, NULL, NULL);
	if (rc != BF_OK)
		return rc;
	c->asked = true;
	struct bytes text = bytes_trim(buf_bytes(line));

	if (text.len > 0)
		memmove(line->p, text.p, text.len);
	line->len = text.len;
	return BF_OK;
}

/* Say what is wrong with an answer. False when there is no use in asking again. */
static bool prompt_wrong(struct client *c, int rc, const char *what)
{
	struct fault f;

	if (rc == BF_EMORE || rc == BF_ENOMEM)
		return false;
	if (rc == BF_EINVAL) {
		(void)fprintf(c->err, "%s\n",
			      say(c, "  这一项必须填，请输入（Ctrl-C 放弃）。",
				  "  This one is required; please give it (Ctrl-C gives up)."));
		return true;
	}
	if (rc == BF_EBOUND)
		(void)typed_long(&f, what);
	else
		(void)fault_say(&f, FAULT_TYPED_BYTES, what, NULL, NULL);
	(void)fprintf(c->err, "%s\n", say(c, f.zh, f.en));
	return true;
}

static const char *prompt_hint(const struct client *c, const struct field *field)
{
	switch ((enum field_type)field->type) {
	case T_DAY:
		return say(c, "（如 2026-11-23、11-23 或 昨天）",
			   " (like 2026-11-23, 11-23 or yesterday)");
	case T_FEN:
		return say(c, "（元，如 1200.50 或 3.2万）", " (yuan, like 1200.50)");
	case T_DECIMAL:
		return say(c, "（如 85.5）", " (like 85.5)");
	case T_MINUTES:
		return (field->flags & F_CLOCK) != 0
			   ? say(c, "（如 9:30 或 下午2点）", " (like 9:30, in 24 hours)")
			   : say(c, "（如 90、1:30 或 1小时30分）", " (like 90, 1:30 or 1.5h)");
	case T_BOOL:
		return say(c, "（是/否）", " (yes/no)");
	case T_REF:
		return say(c, "（姓名、拼音或编号）", " (name, pinyin or number)");
	case T_REFS:
		return say(c, "（姓名、拼音或编号，多个用逗号分开）",
			   " (name, pinyin or number; several with commas)");
	case T_ACCOUNT:
		return say(c, "（区划、户:户主姓名或编号，或以上一项的词）",
			   " (a division, household:NAME or NUMBER, or a word above)");
	default:
		return "";
	}
}

/* A short list has a line for each; a long one as many in a line as the terminal has room for, so
 * that it stays in sight. */
static void prompt_choices(struct client *c, const struct code_list *list)
{
	struct screen screen = { .columns = 0 };
	uint32_t widest = 0, in_line = 1;

	screen_measure(&screen, c->err, true, false);
	for (size_t i = 0; i < list->count; i++) {
		uint32_t w = width_of(bytes_str(say(c, list->codes[i].zh, list->codes[i].en)));
		widest = w > widest ? w : widest;
	}
	if (list->count > CHOICES_ONE_EACH_MAX && screen.across > widest + CHOICE_FRAME)
		in_line = screen.across / (widest + CHOICE_FRAME);
	for (size_t i = 0; i < list->count; i++) {
		const char *word = say(c, list->codes[i].zh, list->codes[i].en);
		bool last = i + 1 == list->count || (i + 1) % in_line == 0;
		int pad = last ? 0 : (int)(widest - width_of(bytes_str(word)));
		(void)fprintf(c->err, "  %3u %s%*s%s", list->codes[i].code, word, pad, "",
			      last ? "\n" : "");
	}
}
