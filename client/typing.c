/* SPDX-License-Identifier: Apache-2.0 */
/* typing.c -- see typing.h.
 *
 * libedit asks us for each character (read_char), so that signals, bytes that are no UTF-8 and
 * bounds are ours to judge. What ends a line early is remembered in `rc` and given to libedit as a
 * line's end: then it leaves the cursor below all that was typed. Signals only set a flag; they are
 * let in nowhere but where we wait for a byte. */
#include "client/typing.h"

#include <errno.h>
#include <histedit.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "client/lang.h"
#include "client/screen.h"
#include "client/width.h"
#include "protocol/errors.h"

enum { NO_CHARACTER = 0xfffd, ENDS_TOLD_MAX = 8, LISTED_MAX = 20, DRAW_KEY = 0x1d /* ^] */ };

struct typing {
	EditLine *el;
	FILE *screen, *nowhere;
	wchar_t *prompt;
	typing_offer *offer;
	void *ctx;
	sigset_t outside; /* what is blocked while we do not edit */
	int ahead;        /* a byte that was read and belongs to the next character; else -1 */
	int rc;           /* why the line ended before its end; 0 */
	int ends_told;
	enum { KEY_WHOLE, KEY_BEGUN, KEY_WITHIN } key; /* of several characters */
	bool drawn; /* all of a long line since it last changed */
};

static int edited(FILE *err, const char *prompt, typing_offer *offer, void *ctx, struct buf *out);
static int plain(FILE *err, const char *prompt, struct buf *out);
static void begin(struct typing *e, FILE *err);
static void end(struct typing *e);
static void bind_keys(EditLine *el);
static int read_char(EditLine *el, wchar_t *out);
static int read_byte(struct typing *e);
static void act(struct typing *e);
static void suspend(struct typing *e);
static unsigned char on_tab(EditLine *el, int ch);
static unsigned char put_or_list(struct typing *e, const struct hints *w, struct bytes typed);
static void list_words(struct typing *e, const struct hints *w);
static int line_taken(struct typing *e, const wchar_t *line, struct buf *out);

/* ---- signals ---- */

static const int ends_us[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static const int moves_us[] = { SIGTSTP, SIGCONT, SIGWINCH };
enum {
	ENDS = sizeof(ends_us) / sizeof(ends_us[0]),
	MOVES = sizeof(moves_us) / sizeof(moves_us[0])
};

static volatile sig_atomic_t told_to_end, told_to_stop, told_anew;
static struct sigaction before[NSIG];

static void on_signal(int number)
{
	if (number == SIGTSTP)
		told_to_stop = 1;
	else if (number == SIGCONT || number == SIGWINCH)
		told_anew = 1;
	else
		told_to_end = number;
}

static void catch_one(int number, sigset_t *all)
{
	struct sigaction ours = { .sa_handler = on_signal };

	(void)sigemptyset(&ours.sa_mask);
	(void)sigaction(number, &ours, &before[number]);
	if (before[number].sa_handler == SIG_IGN) /* nohup */
		(void)sigaction(number, &before[number], NULL);
	(void)sigaddset(all, number);
}

/* Hold back what is told to us; *outside is what was held back before. */
static void signals_hold(sigset_t *outside)
{
	sigset_t all;

	told_to_end = told_to_stop = told_anew = 0;
	(void)sigemptyset(&all);
	for (size_t i = 0; i < ENDS; i++)
		catch_one(ends_us[i], &all);
	for (size_t i = 0; i < MOVES; i++)
		catch_one(moves_us[i], &all);
	(void)sigprocmask(SIG_BLOCK, &all, outside);
}

static void signals_release(const sigset_t *outside)
{
	(void)sigprocmask(SIG_SETMASK, outside, NULL);
	for (size_t i = 0; i < ENDS; i++)
		(void)sigaction(ends_us[i], &before[ends_us[i]], NULL);
	for (size_t i = 0; i < MOVES; i++)
		(void)sigaction(moves_us[i], &before[moves_us[i]], NULL);
}

_Noreturn void typing_die(void)
{
	int number = told_to_end != 0 ? told_to_end : SIGINT;
	sigset_t none;

	(void)signal(number, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)raise(number);
	_exit(128 + number);
}

/* ---- a line ---- */

/* TERM says that the cursor cannot be moved, or the terminal's characters are not ours. */
static bool editable(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && term != NULL &&
	       term[0] != '\0' && strcmp(term, "dumb") != 0 && lang_utf8();
}

int typing_line(FILE *err, const char *prompt, typing_offer *offer, void *ctx, struct buf *out)
{
	buf_clear(out);
	return editable() ? edited(err, prompt, offer, ctx, out) : plain(err, prompt, out);
}

static wchar_t *wide(const char *text)
{
	size_t count = mbstowcs(NULL, text, 0);
	wchar_t *out = count == (size_t)-1 ? NULL : calloc(count + 1, sizeof(*out));

	if (out != NULL)
		(void)mbstowcs(out, text, count + 1);
	return out;
}

static int edited(FILE *err, const char *prompt, typing_offer *offer, void *ctx, struct buf *out)
{
	/* One for all lines: what tells libedit of the terminal is not given back by it. */
	static struct typing the;
	struct typing *e = &the;
	int count = 0;

	if (e->el == NULL)
		begin(e, err);
	e->prompt = e->el == NULL ? NULL : wide(prompt);
	if (e->prompt == NULL)
		return plain(err, prompt, out);
	e->offer = offer;
	e->ctx = ctx;
	e->ahead = -1;
	e->rc = e->ends_told = 0;
	e->drawn = true;
	e->key = KEY_WHOLE;
	signals_hold(&e->outside);
	el_resize(e->el); /* since the last line */
	/* Before the prompt is seen: who types at once must not be echoed twice. */
	(void)el_wset(e->el, EL_PREP_TERM, 1);
	int rc = line_taken(e, el_wgets(e->el, &count), out);

	(void)el_wset(e->el, EL_PREP_TERM, 0);
	(void)fflush(e->screen);
	signals_release(&e->outside);
	free(e->prompt);
	return rc;
}

static wchar_t *prompt_of(EditLine *el)
{
	void *e = NULL;

	(void)el_wget(el, EL_CLIENTDATA, &e);
	return ((struct typing *)e)->prompt;
}

/* A stream of our own for the screen: the error stream writes each character by itself. What
 * libedit has to say of an unknown TERM is not for the reader. */
static void begin(struct typing *e, FILE *err)
{
	int fd = dup(fileno(err));

	e->screen = fd < 0 ? NULL : fdopen(fd, "w");
	e->nowhere = fopen("/dev/null", "we");
	if (e->screen == NULL && fd >= 0)
		(void)close(fd);
	if (e->screen != NULL && e->nowhere != NULL)
		e->el = el_init("bangfu", stdin, e->screen, e->nowhere);
	if (e->el == NULL) {
		end(e);
		return;
	}
	(void)el_wset(e->el, EL_CLIENTDATA, e);
	(void)el_wset(e->el, EL_PROMPT, prompt_of);
	(void)el_wset(e->el, EL_EDITOR, L"emacs");
	(void)el_wset(e->el, EL_GETCFN, read_char);
	bind_keys(e->el);
}

static void end(struct typing *e)
{
	if (e->screen != NULL)
		(void)fclose(e->screen);
	if (e->nowhere != NULL)
		(void)fclose(e->nowhere);
	e->screen = e->nowhere = NULL;
}

/* What libedit does not bind by itself: the keys of a keyboard as the terminals of today send them,
 * and Tab. What searches or runs something is nothing here. */
static void bind_keys(EditLine *el)
{
	static const wchar_t *const keys[][2] = {
		{ L"\033[3~", L"ed-delete-next-char" },
		{ L"\033[1~", L"ed-move-to-beg" },
		{ L"\033[7~", L"ed-move-to-beg" },
		{ L"\033[H", L"ed-move-to-beg" },
		{ L"\033OH", L"ed-move-to-beg" },
		{ L"\033[4~", L"ed-move-to-end" },
		{ L"\033[8~", L"ed-move-to-end" },
		{ L"\033[F", L"ed-move-to-end" },
		{ L"\033OF", L"ed-move-to-end" },
		{ L"\033[C", L"ed-next-char" },
		{ L"\033OC", L"ed-next-char" },
		{ L"\033[D", L"ed-prev-char" },
		{ L"\033OD", L"ed-prev-char" },
		{ L"^H", L"ed-delete-prev-char" },
		{ L"^?", L"ed-delete-prev-char" },
		{ L"^R", L"ed-ignore" },
		{ L"^S", L"ed-ignore" },
		{ L"^]", L"ed-redisplay" },
		{ L"^I", L"bangfu-words" },
	};

	(void)el_wset(el, EL_ADDFN, L"bangfu-words", L"Offer the words that fit", on_tab);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		(void)el_wset(el, EL_BIND, keys[i][0], keys[i][1], NULL);
}

/* ---- characters ---- */

/* The line ends here, whatever libedit is at. It may be in the middle of a key of several
 * characters, so it is told more than once. */
static int told_end(struct typing *e, wchar_t *out)
{
	*out = L'\n';
	return e->ends_told++ < ENDS_TOLD_MAX ? 1 : -1;
}

static bool full(struct typing *e)
{
	const LineInfoW *line = el_wline(e->el);

	return line->lastchar - line->buffer >= TYPING_CHARS_MAX;
}

/* Is the next character in the middle of a key: ESC [ 3 ~? */
static void key_goes_on(struct typing *e, uint32_t cp)
{
	bool opens = e->key == KEY_BEGUN && (cp == '[' || cp == 'O');
	bool within = e->key == KEY_WITHIN && cp < 0x40;

	if (opens || within)
		e->key = KEY_WITHIN;
	else
		e->key = e->key == KEY_WHOLE && (cp == 0x1b || cp == 0x16) ? KEY_BEGUN : KEY_WHOLE;
}

/* libedit mends only what it thinks has changed, and where characters of two columns move over the
 * end of a screen's line it loses some. So a line that takes several is drawn whole before we wait:
 * by a key of our own. */
static bool needs_drawing(struct typing *e)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	const LineInfoW *line = el_wline(e->el);
	struct screen screen = { .columns = 0 };
	uint32_t width = 0;

	if (e->drawn || e->rc != 0 || e->key != KEY_WHOLE || e->ahead >= 0 || poll(&p, 1, 0) != 0)
		return false;
	screen_measure(&screen, e->screen, true, false);
	for (const wchar_t *c = e->prompt; *c != L'\0'; c++)
		width += wcwidth(*c) > 0 ? (uint32_t)wcwidth(*c) : 0;
	for (const wchar_t *c = line->buffer; c < line->lastchar; c++)
		width += wcwidth(*c) > 0 ? (uint32_t)wcwidth(*c) : 0;
	e->drawn = true;
	return width >= screen.across;
}

static int read_char(EditLine *el, wchar_t *out)
{
	uint8_t c[4];
	uint32_t cp = NO_CHARACTER;
	size_t need, have = 0;
	void *of = NULL;

	(void)el_wget(el, EL_CLIENTDATA, &of);
	struct typing *e = of;
	if (needs_drawing(e)) {
		*out = DRAW_KEY;
		return 1;
	}
	int byte = read_byte(e);

	if (byte < 0)
		return told_end(e, out);
	need = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
	for (c[have++] = (uint8_t)byte; have < need; c[have++] = (uint8_t)byte) {
		byte = read_byte(e);
		if (byte < 0)
			return told_end(e, out);
		if ((byte & 0xc0) == 0x80)
			continue;
		e->ahead = byte;
		break;
	}
	if (bytes_char(bytes_of(c, have), &cp) == 0)
		cp = NO_CHARACTER;
	if (cp >= ' ' && cp != 0x7f && full(e)) {
		e->rc = BF_EBOUND;
		(void)tcflush(STDIN_FILENO, TCIFLUSH);
		return told_end(e, out);
	}
	e->drawn = false;
	key_goes_on(e, cp);
	*out = (wchar_t)cp;
	return 1;
}

/* -1 when there is none: e->rc says why. */
static int read_byte(struct typing *e)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	uint8_t c;
	int byte = e->ahead;

	e->ahead = -1;
	if (byte >= 0)
		return byte;
	while (e->rc == 0) {
		act(e);
		if (e->rc != 0 || ppoll(&p, 1, NULL, &e->outside) < 0)
			continue; /* for a signal, or there is nothing to be done about it: read
				     tells */
		ssize_t n = read(STDIN_FILENO, &c, 1);
		if (n == 1)
			return c;
		if (n == 0 || (errno != EINTR && errno != EAGAIN))
			e->rc = BF_EMORE;
	}
	return -1;
}

/* What was told to us while we waited. */
static void act(struct typing *e)
{
	if (told_to_end != 0)
		e->rc = BF_ECLOSED;
	if (told_to_stop != 0)
		suspend(e);
	if (told_anew == 0)
		return;
	told_anew = 0;
	(void)el_wset(e->el, EL_PREP_TERM, 0);
	(void)el_wset(e->el, EL_PREP_TERM, 1);
	el_resize(e->el);
	(void)el_wset(e->el, EL_REFRESH);
}

static void suspend(struct typing *e)
{
	sigset_t held;

	told_to_stop = 0;
	(void)el_wset(e->el, EL_PREP_TERM, 0);
	(void)fputc('\n', e->screen);
	(void)fflush(e->screen);
	(void)signal(SIGTSTP, SIG_DFL);
	(void)raise(SIGTSTP);
	(void)sigprocmask(SIG_SETMASK, &e->outside, &held); /* here we stand still */
	(void)sigprocmask(SIG_SETMASK, &held, NULL);
	(void)signal(SIGTSTP, on_signal);
	told_anew = 1;
}

/* ---- words ---- */

static bool put_char(struct buf *out, wchar_t c)
{
	char text[MB_LEN_MAX];
	mbstate_t state = { 0 };
	size_t n = wcrtomb(text, c, &state);

	if (n == (size_t)-1 || c == NO_CHARACTER)
		return false;
	buf_put(out, text, n);
	return true;
}

static void put_word(EditLine *el, struct bytes text)
{
	char one[8];

	while (text.len > 0) {
		uint32_t cp;
		size_t n = bytes_char(text, &cp);
		wchar_t *put =
		    n == 0 ? NULL : wide(bytes_cstr(bytes_of(text.p, n), one, sizeof(one)));

		if (put == NULL || el_winsertstr(el, put) != 0)
			text.len = n;
		free(put);
		text = bytes_of(text.p + n, text.len - n);
	}
}

static unsigned char on_tab(EditLine *el, int ch)
{
	const LineInfoW *line = el_wline(el);
	struct hints w = { .count = 0 };
	struct buf typed = { 0 };
	unsigned char then = CC_ERROR; /* a beep */
	bool good = true;
	size_t from = 0;
	void *of = NULL;

	(void)ch;
	(void)el_wget(el, EL_CLIENTDATA, &of);
	struct typing *e = of;
	for (const wchar_t *c = line->buffer; c < line->cursor && good; c++)
		good = put_char(&typed, *c);
	if (good && e->offer != NULL && typed.err == 0)
		e->offer(e->ctx, buf_bytes(&typed), &from, &w);
	if (w.count > 0)
		then = put_or_list(e, &w, bytes_of(typed.p + from, typed.len - from));
	hints_fini(&w);
	buf_fini(&typed);
	return then;
}

/* One word is put; of several what they share, as far as it goes on with what was typed; else they
 * are shown. */
static unsigned char put_or_list(struct typing *e, const struct hints *w, struct bytes typed)
{
	size_t alike = hints_begin(w, typed) ? hints_alike(w) : 0;
	int gone = 0;

	if (w->count > 1 && alike <= typed.len) {
		list_words(e, w);
		return CC_REDISPLAY;
	}
	for (size_t at = 0; at < typed.len; at++)
		gone += (typed.p[at] & 0xc0) != 0x80;
	el_deletestr(e->el, gone);
	put_word(e->el, bytes_of(w->rows[0].text.p, w->count == 1 ? w->rows[0].text.len : alike));
	return CC_REFRESH;
}

static void list_words(struct typing *e, const struct hints *w)
{
	uint32_t across = 0;

	for (size_t i = 0; i < w->count; i++)
		across = width_of(w->rows[i].text) > across ? width_of(w->rows[i].text) : across;
	(void)fputc('\n', e->screen);
	for (size_t i = 0; i < w->count && i < LISTED_MAX; i++) {
		struct hint row = w->rows[i];
		(void)fprintf(e->screen, "  %.*s%*s  %.*s\n", (int)row.text.len,
			      (const char *)row.text.p, (int)(across - width_of(row.text)), "",
			      (int)row.note.len, (const char *)row.note.p);
	}
	if (w->more || w->count > LISTED_MAX)
		(void)fputs("  …\n", e->screen);
}

/* ---- the end ---- */

static int line_taken(struct typing *e, const wchar_t *line, struct buf *out)
{
	if (e->rc != 0)
		return e->rc;
	if (line == NULL) {
		(void)fputc('\n', e->screen); /* Ctrl-D: the cursor stands behind the prompt */
		return BF_EMORE;
	}
	for (; *line != L'\0' && *line != L'\n'; line++)
		if (!put_char(out, *line))
			return BF_EFORMAT;
	return out->err;
}

/* ---- without libedit ---- */

/* From a terminal byte by byte, so that nothing is waited for that has been read; EOF for a signal
 * too. */
static int plain_byte(const sigset_t *outside)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	uint8_t c;

	while (told_to_end == 0) {
		if (ppoll(&p, 1, NULL, outside) < 0 && errno == EINTR)
			continue;
		return read(STDIN_FILENO, &c, 1) == 1 ? c : EOF;
	}
	return EOF;
}

static int plain_read(bool terminal, struct buf *out)
{
	size_t count = 0;
	sigset_t outside;
	int c;

	told_to_end = 0;
	if (terminal)
		signals_hold(&outside);
	while ((c = terminal ? plain_byte(&outside) : getc(stdin)) != EOF && c != '\n')
		if (count++ < TYPING_BYTES_MAX)
			buf_u8(out, (uint8_t)c);
	if (terminal)
		signals_release(&outside);
	if (told_to_end != 0)
		return BF_ECLOSED;
	if (c == EOF && count == 0)
		return BF_EMORE;
	if (out->err != 0)
		return out->err;
	if (out->len > 0 && memchr(out->p, '\0', out->len) != NULL)
		return BF_EFORMAT;
	return count > TYPING_BYTES_MAX ? BF_EBOUND : bytes_utf8(buf_bytes(out)) ? 0 : BF_EFORMAT;
}

static int plain(FILE *err, const char *prompt, struct buf *out)
{
	bool terminal = isatty(STDIN_FILENO) == 1, asks = terminal && isatty(STDERR_FILENO) == 1;

	if (asks)
		(void)fputs(prompt, err);
	(void)fflush(err);
	int rc = plain_read(terminal, out);

	if (asks && (rc == BF_EMORE || rc == BF_ECLOSED))
		(void)fputc('\n', err);
	return rc;
}
