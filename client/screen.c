/* SPDX-License-Identifier: Apache-2.0 */
/* screen.c -- see screen.h. */
#include "client/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/width.h"

enum { SCREEN_PATH_MAX = 4096 };

extern char **environ;

static uint32_t columns_told(void);
static ssize_t screen_take(void *screen, const char *text, size_t size);
static void screen_line(struct screen *s, struct bytes line);
static void screen_put(struct screen *s, struct bytes line);
static void screen_write(FILE *to, struct bytes text);
static void screen_page(struct screen *s);
static char *pager_command(void);
static bool pager_found(const char *command);
static void pager_settings(const struct screen *s);
static int pager_start(struct screen *s, char *command);

/* ---- how large ---- */

void screen_measure(struct screen *s, FILE *to, bool wide, bool paged)
{
	struct winsize size = { 0 };
	uint32_t told = columns_told();

	if (isatty(fileno(to)) != 1)
		return;
	(void)ioctl(fileno(to), TIOCGWINSZ, &size);
	s->across = told != 0 ? told : size.ws_col;
	if (s->across == 0)
		s->across = SCREEN_COLUMNS_OTHERWISE;
	if (s->across < SCREEN_COLUMNS_MIN)
		s->across = SCREEN_COLUMNS_MIN;
	s->wide = wide;
	s->columns = wide ? 0 : s->across;
	if (paged)
		s->rows = size.ws_row != 0 ? size.ws_row : SCREEN_ROWS_OTHERWISE;
}

/* COLUMNS, when it is a width; else 0. */
static uint32_t columns_told(void)
{
	const char *text = getenv("COLUMNS");
	char *end = NULL;
	unsigned long n = text == NULL ? 0 : strtoul(text, &end, 10);

	if (n < SCREEN_COLUMNS_MIN || n > SCREEN_COLUMNS_MAX || *end != '\0')
		return 0;
	return (uint32_t)n;
}

/* ---- lines ---- */

FILE *screen_open(struct screen *s, FILE *to)
{
	cookie_io_functions_t io = { .write = screen_take };

	s->to = to;
	if (s->columns == 0 && s->rows == 0)
		return to;
	s->out = fopencookie(s, "w", io);
	return s->out != NULL ? s->out : to;
}

bool screen_covers(const struct screen *s, FILE *err)
{
	return s->out != NULL && isatty(fileno(err)) == 1;
}

/* What cannot be shown is told by `to`, or the pager was left: the writer need not know. */
static ssize_t screen_take(void *screen, const char *text, size_t size)
{
	struct screen *s = screen;
	const char *at = text;
	const char *end = text + size, *stop;

	for (; at < end && (stop = memchr(at, '\n', (size_t)(end - at))) != NULL; at = stop + 1) {
		buf_put(&s->line, at, (size_t)(stop - at));
		screen_line(s, buf_bytes(&s->line));
		buf_clear(&s->line);
	}
	buf_put(&s->line, at, (size_t)(end - at));
	if (s->line.err != 0 || s->held.err != 0) {
		errno = ENOMEM;
		return 0;
	}
	return (ssize_t)size;
}

/* Folded under its own beginning: what stands indented goes on indented. */
static void screen_line(struct screen *s, struct bytes line)
{
	struct buf part = { 0 };
	size_t indent = 0;

	while (indent < line.len && line.p[indent] == ' ')
		indent++;
	if (s->columns == 0 || width_of(line) <= s->columns || indent * 2 > s->columns) {
		screen_put(s, line);
		return;
	}
	struct bytes left = bytes_of(line.p + indent, line.len - indent);
	while (left.len > 0) {
		size_t next;
		size_t n = width_line(left, s->columns - (uint32_t)indent, &next);
		buf_clear(&part);
		buf_put(&part, line.p, indent);
		buf_put(&part, left.p, n);
		screen_put(s, buf_bytes(&part));
		left = bytes_of(left.p + next, left.len - next);
	}
	if (part.err != 0)
		s->line.err = part.err;
	buf_fini(&part);
}

/* Held until it is known whether all fits: the last row is the shell's own. */
static void screen_put(struct screen *s, struct bytes line)
{
	bool holds = s->rows > 0 && s->pipe == NULL;
	FILE *to = s->pipe != NULL ? s->pipe : s->to;

	if (holds) {
		buf_put_bytes(&s->held, line);
		buf_u8(&s->held, '\n');
		s->lines++;
		if (s->wide) /* not folded by us, but by the terminal */
			s->lines += width_of(line) / (s->across + 1);
		if (s->lines >= s->rows)
			screen_page(s);
		return;
	}
	screen_write(to, line);
	(void)fputc('\n', to);
}

/* What cannot be written the stream itself remembers. */
static void screen_write(FILE *to, struct bytes text)
{
	if (text.len > 0)
		(void)fwrite(text.p, 1, text.len, to);
}

void screen_close(struct screen *s)
{
	int status;

	if (s->out == NULL)
		return;
	(void)fclose(s->out);
	s->out = NULL;
	if (s->line.len > 0) /* a line without its end */
		screen_line(s, buf_bytes(&s->line));
	if (s->pipe == NULL)
		screen_write(s->to, buf_bytes(&s->held));
	else
		(void)fclose(s->pipe);
	if (s->pager > 0) {
		while (waitpid(s->pager, &status, 0) < 0 && errno == EINTR)
			;
		(void)signal(SIGINT, SIG_DFL);
	}
	buf_fini(&s->line);
	buf_fini(&s->held);
	*s = (struct screen){ .columns = s->columns };
}

/* ---- the pager ---- */

/* From here on the lines go to the pager, or straight on when there is none. */
static void screen_page(struct screen *s)
{
	char *command = pager_command();

	if (command == NULL || pager_start(s, command) != 0)
		s->rows = 0;
	FILE *to = s->pipe != NULL ? s->pipe : s->to;
	screen_write(to, buf_bytes(&s->held));
	buf_clear(&s->held);
}

/* NULL when lines should just be printed. A terminal that cannot move its cursor is asked for no
 * pager: less would stop there and warn. */
static char *pager_command(void)
{
	static char less[] = "less";
	char *command = getenv("PAGER");
	const char *terminal = getenv("TERM");

	if (command == NULL)
		command = less;
	if (command[0] == '\0' || strcmp(command, "cat") == 0 || terminal == NULL ||
	    strcmp(terminal, "dumb") == 0)
		return NULL;
	return pager_found(command) ? command : NULL;
}

/* The shell would take what is shown with it if there were no such program. */
static bool pager_found(const char *command)
{
	size_t len = strcspn(command, " \t\"'$=;|&<>(){}");
	const char *path = getenv("PATH");
	char name[SCREEN_PATH_MAX];

	if (command[len] != '\0' && command[len] != ' ')
		return true; /* the shell's to read */
	if (memchr(command, '/', len) != NULL) {
		(void)bytes_cstr(bytes_of(command, len), name, sizeof(name));
		return access(name, X_OK) == 0;
	}
	while (path != NULL && *path != '\0') {
		size_t dir = strcspn(path, ":");
		int n =
		    snprintf(name, sizeof(name), "%.*s/%.*s", (int)dir, path, (int)len, command);
		if (n > 0 && (size_t)n < sizeof(name) && access(name, X_OK) == 0)
			return true;
		path += dir + (path[dir] == ':');
	}
	return false;
}

/* Quit when all fits, keep colours, leave the screen as it is; --wide: move along long lines. The
 * prompt is for those who never met a pager; of ASCII, since less shows no other there. Not when
 * the user has settings of his own. */
static void pager_settings(const struct screen *s)
{
	(void)setenv(
	    "LESS",
	    s->wide ? "-FRSX -PsSPACE next page, q quit$" : "-FRX -PsSPACE next page, q quit$", 0);
	(void)setenv("LESSCHARSET", "utf-8", 0);
}

/* The pager is not to inherit that we ignore a broken pipe; Ctrl-C is its own while it runs. */
static int pager_start(struct screen *s, char *command)
{
	char shell[] = "sh", option[] = "-c";
	char *argv[] = { shell, option, command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pager_settings(s);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)sigaddset(&defaults, SIGINT);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setsigdefault(&attr, &defaults);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	int rc = posix_spawn(&s->pager, "/bin/sh", &actions, &attr, argv, environ);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[0]);
	s->pipe = rc == 0 ? fdopen(ends[1], "w") : NULL;
	if (s->pipe != NULL)
		(void)signal(SIGINT, SIG_IGN);
	else
		(void)close(ends[1]);
	return s->pipe != NULL ? 0 : -1;
}
