/* SPDX-License-Identifier: Apache-2.0 */
/* log.c -- see log.h. A line is built on the stack and written whole or not at all.
 *
 * Standard error is shared with whoever started us: O_NONBLOCK set on it would change the terminal
 * of a shell, so its flags are never touched. A pipe or a terminal is opened anew through /proc
 * with flags of our own; a socket (journald) takes MSG_DONTWAIT; a file does not wait. Where
 * opening is not allowed poll is asked first: our lines are shorter than PIPE_BUF, and the lock
 * keeps our own threads from racing for the last place, so only another writer of the same pipe
 * could still hold us up. */
#include "daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NOTE_MAX = 128, NOTES_MAX = 4 * NOTE_MAX };
_Static_assert(LOG_LINE_MAX + NOTES_MAX <= PIPE_BUF, "a line and its notes go into a pipe whole");

/* What anybody who can reach the port can make us write. */
static struct stranger {
	const char *event;
	uint64_t since_ms, lines, kept_back;
} strangers[] = {
	{ .event = "link_refused" }, { .event = "session_refused" }, { .event = "session_failed" },
	{ .event = "session_cut" },  { .event = "accept_failed" },
};
enum { STRANGERS = sizeof strangers / sizeof *strangers };

static atomic_int log_level_now = LOG_INFO;
static atomic_bool log_to_journal;
static atomic_uint_fast64_t dropped_all, limited_all;

/* Under the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum way { WAY_POLL, WAY_OWN, WAY_SOCKET, WAY_FILE } way;
static int own_fd = -1;
static uint64_t dropped; /* and not yet told */

static void open_way(void)
{
	struct stat st;
	bool waits;

	if (own_fd >= 0)
		(void)close(own_fd);
	own_fd = -1;
	way = WAY_POLL;
	if (fstat(STDERR_FILENO, &st) != 0)
		return;
	waits = S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode);
	if (S_ISSOCK(st.st_mode)) {
		way = WAY_SOCKET;
	} else if (!waits) {
		way = WAY_FILE;
	} else {
		own_fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		way = own_fd >= 0 ? WAY_OWN : WAY_POLL;
	}
}

void log_open(int level)
{
	atomic_store(&log_level_now, level);
	atomic_store(&log_to_journal, getenv("JOURNAL_STREAM") != NULL);
	(void)pthread_mutex_lock(&lock);
	open_way();
	(void)pthread_mutex_unlock(&lock);
}

struct log_counters log_counters(void)
{
	return (struct log_counters){ .dropped = atomic_load(&dropped_all),
				      .limited = atomic_load(&limited_all) };
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

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* L2. True when the line must not be written. */
static bool kept_back(const char *event, uint64_t now)
{
	for (size_t i = 0; i < STRANGERS; i++) {
		struct stranger *s = &strangers[i];

		if (event == NULL || strcmp(event, s->event) != 0)
			continue;
		if (s->lines == 0 || now - s->since_ms >= LOG_STRANGER_MS) {
			s->since_ms = now;
			s->lines = 0;
		}
		if (s->lines++ < LOG_STRANGER_MAX)
			return false;
		s->kept_back++;
		atomic_fetch_add(&limited_all, 1);
		return true;
	}
	return false;
}

/* What went unsaid: in front of the next line. `told` are those that are told in `out`; as many as
 * have room. */
static unsigned notes(char *out, uint64_t now, bool told[STRANGERS])
{
	bool journal = atomic_load(&log_to_journal);
	char line[LOG_LINE_MAX];
	unsigned used = 0, n;

	if (dropped > 0) {
		n = log_format(
		    line, journal, LOG_WARN,
		    (const struct log_field[]){ ev("log_dropped"), lu("lines", dropped), { 0 } });
		memcpy(out, line, n);
		used = n;
	}
	for (size_t i = 0; i < STRANGERS; i++) {
		const struct stranger *s = &strangers[i];

		told[i] = s->kept_back > 0 && now - s->since_ms >= LOG_STRANGER_MS &&
			  used + NOTE_MAX <= NOTES_MAX;
		if (!told[i])
			continue;
		n = log_format(
		    line, journal, LOG_WARN,
		    (const struct log_field[]){
			ev("log_limited"), ls("of", s->event), lu("lines", s->kept_back), { 0 } });
		memcpy(out + used, line, n);
		used += n;
	}
	return used;
}

/* L1. False when it would wait, or when the log itself fails: then there is nobody to tell. A
 * terminal may take a part; what is left of the line is lost with it. */
static bool put(const char *text, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	switch (way) {
	case WAY_OWN:
		return write(own_fd, text, len) > 0;
	case WAY_SOCKET:
		return send(STDERR_FILENO, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
	case WAY_POLL:
		if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
			return false;
		break;
	case WAY_FILE:
		break;
	}
	return write(STDERR_FILENO, text, len) > 0;
}

void log_put(enum log_level level, const struct log_field *fields)
{
	char text[NOTES_MAX + LOG_LINE_MAX];
	bool told[STRANGERS];

	if ((int)level > atomic_load(&log_level_now))
		return;
	(void)pthread_mutex_lock(&lock);
	uint64_t now = now_ms();
	unsigned used = notes(text, now, told); /* before a new window begins */

	if (!kept_back(fields->text, now)) {
		used += log_format(text + used, atomic_load(&log_to_journal), level, fields);
		if (put(text, used)) {
			dropped = 0;
			for (size_t i = 0; i < STRANGERS; i++)
				strangers[i].kept_back -= told[i] ? strangers[i].kept_back : 0;
		} else {
			dropped++;
			atomic_fetch_add(&dropped_all, 1);
		}
	}
	(void)pthread_mutex_unlock(&lock);
}
