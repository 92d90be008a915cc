/* log.c -- see log.h. A line is built on the stack and written at once: no lock, no allocation, no
 * partial lines. */
#include "daemon/log.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int log_level_now = LOG_INFO;
static atomic_bool log_to_journal;

void log_open(int level)
{
	atomic_store(&log_level_now, level);
	atomic_store(&log_to_journal, getenv("JOURNAL_STREAM") != NULL);
}

struct line {
	char *p;
	unsigned len, cap; /* cap leaves room for the mark of a cut and the line feed */
};

static void line_byte(struct line *l, char c)
{
	if (l->len < l->cap)
		l->p[l->len++] = c;
}

static void line_text(struct line *l, const char *s)
{
	for (; *s != '\0'; s++)
		line_byte(l, *s);
}

static bool plain(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || strchr("._-:/+@,%", *s) != NULL))
			return false;
	return true;
}

/* Bytes beyond ASCII are escaped too: a terminal must not be steered by a bidi control in a name.
 */
static void line_quoted(struct line *l, const char *s)
{
	line_byte(l, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		char hex[5];
		if (c == '"' || c == '\\') {
			line_byte(l, '\\');
			line_byte(l, (char)c);
		} else if (c < 0x20 || c >= 0x7f) {
			(void)snprintf(hex, sizeof hex, "\\x%02x", c);
			line_text(l, hex);
		} else {
			line_byte(l, (char)c);
		}
	}
	line_byte(l, '"');
}

static void line_number(struct line *l, const struct log_field *f)
{
	char text[24];
	if (f->is_hex)
		(void)snprintf(text, sizeof text, "%016" PRIx64, f->number);
	else if (f->is_signed)
		(void)snprintf(text, sizeof text, "%" PRId64, (int64_t)f->number);
	else
		(void)snprintf(text, sizeof text, "%" PRIu64, f->number);
	line_text(l, text);
}

unsigned log_format(char out[LOG_LINE_MAX], bool journal, enum log_level level,
		    const struct log_field *fields)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	static const char *const priorities[] = { "<3>", "<4>", "<6>", "<7>" };
	struct line l = { .p = out, .cap = LOG_LINE_MAX - 1 };

	if (journal)
		line_text(&l, priorities[level]);
	for (const struct log_field *f = fields; f->key != NULL; f++) {
		if (f != fields)
			line_byte(&l, ' ');
		line_text(&l, f->key);
		line_byte(&l, '=');
		if (f->text == NULL)
			line_number(&l, f);
		else if (plain(f->text))
			line_text(&l, f->text);
		else
			line_quoted(&l, f->text);
		if (f == fields) {
			line_text(&l, " level=");
			line_text(&l, names[level]);
		}
	}
	out[l.len++] = '\n';
	return l.len;
}

void log_put(enum log_level level, const struct log_field *fields)
{
	char line[LOG_LINE_MAX];

	if ((int)level > atomic_load(&log_level_now))
		return;
	unsigned len = log_format(line, atomic_load(&log_to_journal), level, fields);
	/* Nobody to tell when the log itself fails; the daemon's work does not depend on it. */
	ssize_t n = write(STDERR_FILENO, line, len);
	(void)n;
}
