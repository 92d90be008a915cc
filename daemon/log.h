/* SPDX-License-Identifier: Apache-2.0 */
/* log.h -- what the daemon tells its operator: one line per event, key=value, English.
 *
 *   log_info(ev("sync_done"), lu("entries", n), ls("why", text));
 *
 * The event's name is the first key, so that lines can be counted by it. Values with anything but plain characters are
 * quoted and escaped: a name from outside can never make a second line or a second key. No personal data, ever
 * (I12): no name, ID, phone or account number is passed here; nodes are named by their origin.
 * Under journald (JOURNAL_STREAM) lines begin with its priority. One write(2) per line.
 * L1: the log never holds the daemon up. Who reads it may have stopped; a line that would wait is dropped and
 * counted, and the next that gets through is preceded by `event=log_dropped lines=N`.
 * L2: strangers do not write it: of each event that anybody who reaches the port can cause, LOG_STRANGER_MAX lines
 * get through in LOG_STRANGER_MS; how many more there were is told as `event=log_limited of=EVENT lines=N`.
 * Thread: any. */
#ifndef BF_LOG_H
#define BF_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/fault.h"

enum log_level { LOG_ERROR = 0, LOG_WARN = 1, LOG_INFO = 2, LOG_DEBUG = 3 };
enum { LOG_LINE_MAX = 2048, LOG_STRANGER_MAX = 60, LOG_STRANGER_MS = 60 * 1000 };

struct log_field {
	const char *key; /* NULL ends the list */
	const char *text; /* NULL: a number */
	bool is_signed, is_hex;
	uint64_t number;
};

/* Before the first line, and before there are threads: level, whether a journal reads us, and how to write to standard
 * error without waiting for it. May be called again. */
void log_open(int level);
/* Lines lost because nobody read, and lines kept back as too many of one kind (L1, L2). */
struct log_counters {
	uint64_t dropped, limited;
};
struct log_counters log_counters(void);
void log_put(enum log_level level, const struct log_field *fields);
/* The line itself, with its line feed, for tests: at most LOG_LINE_MAX bytes; returns how many. */
unsigned log_format(char out[LOG_LINE_MAX], bool journal, enum log_level level,
		    const struct log_field *fields);

static inline struct log_field ev(const char *event)
{
	return (struct log_field){ .key = "event", .text = event };
}
static inline struct log_field ls(const char *key, const char *text)
{
	return (struct log_field){ .key = key, .text = text != 0 ? text : "" };
}
static inline struct log_field lu(const char *key, uint64_t number)
{
	return (struct log_field){ .key = key, .number = number };
}
static inline struct log_field li(const char *key, int64_t number)
{
	return (struct log_field){ .key = key, .number = (uint64_t)number, .is_signed = true };
}
/* An origin, as people see it in refs. */
static inline struct log_field lx(const char *key, uint64_t number)
{
	return (struct log_field){ .key = key, .number = number, .is_hex = true };
}
/* A fault by its stable name. Its sentence is for people, not for the log. */
static inline struct log_field lf(const struct fault *f)
{
	return (struct log_field){ .key = "fault", .text = fault_name(f->code) };
}

#define LOG_AT(level, ...) log_put(level, (const struct log_field[]){ __VA_ARGS__, { .key = 0 } })
#define log_error(...)	   LOG_AT(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)	   LOG_AT(LOG_WARN, __VA_ARGS__)
#define log_info(...)	   LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	   LOG_AT(LOG_DEBUG, __VA_ARGS__)

#endif
