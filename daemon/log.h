/* log.h -- what the daemon tells its operator: one line per event, key=value, English.
 *
 *   log_info(ev("sync_done"), lu("entries", n), ls("why", text));
 *
 * The event's name is the first key, so that lines can be counted by it. Values with anything but plain characters are
 * quoted and escaped: a name from outside can never make a second line or a second key. No personal data, ever
 * (I12): no name, ID, phone or account number is passed here; nodes are named by their origin.
 * Under journald (JOURNAL_STREAM) lines begin with its priority. One write(2) per line.
 * Thread: any. */
#ifndef BF_LOG_H
#define BF_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/fault.h"

enum log_level { LOG_ERROR = 0, LOG_WARN = 1, LOG_INFO = 2, LOG_DEBUG = 3 };
enum { LOG_LINE_MAX = 2048 };

struct log_field {
	const char *key; /* NULL ends the list */
	const char *text; /* NULL: a number */
	bool is_signed, is_hex;
	uint64_t number;
};

/* Before the first line; level and whether a journal reads us. */
void log_open(int level);
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
