/* SPDX-License-Identifier: Apache-2.0 */
/* config.c -- see config.h; the only file that knows inih.
 *
 * One table: each key's place in struct config, its type and bounds, its default as it would stand
 * in the file, and what it means. inih gives no line numbers in Debian's build, so the reader below
 * counts them. */
#include "daemon/config.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/files.h"
#include "daemon/log.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/token.h"

enum key_type {
	KEY_TEXT,
	KEY_ADDRESS,
	KEY_ROLE,
	KEY_DIVISION,
	KEY_NUMBERS,
	KEY_PORT,
	KEY_U32,
	KEY_U64,
	KEY_LANG,
	KEY_LEVEL
};

struct key_row {
	const char *name;
	enum key_type type;
	size_t at, size; /* in struct config; size of a KEY_TEXT or KEY_ADDRESS */
	uint64_t min, max;
	const char *initial; /* "" none */
	const char *zh, *en;
};

#define AT(field) offsetof(struct config, field), sizeof(((struct config *)0)->field)

/* clang-format off */
static const struct key_row keys[] = {
	{ "dir", KEY_TEXT, AT(dir), 0, 0, "",
	  "数据目录", "directory of this node's data" },
	{ "socket", KEY_TEXT, AT(socket), 0, 0, "",
	  "本机接口（默认：数据目录里的 bangfu.sock）", "Unix socket (default: bangfu.sock in the directory)" },
	{ "socket_group", KEY_TEXT, AT(socket_group), 0, 0, "",
	  "可以使用本机接口的用户组（默认：只有运行者和 root）", "group whose members may use the socket (default: only our own user and root)" },
	{ "role", KEY_ROLE, AT(role), 0, 0, "station",
	  "station（村、志愿队）或 hub（省平台）", "station (village, team) or hub (province)" },
	{ "name", KEY_TEXT, AT(name), 0, 0, "",
	  "本机名称（默认：机器名）", "this node's name (default: the machine's)" },
	{ "division", KEY_DIVISION, AT(division), 0, 0, "",
	  "省平台所在区划代码；工作站在登记时得到", "hub: its division code; a station learns its own at enrolment" },
	{ "listen_host", KEY_TEXT, AT(listen_host), 0, 0, "0.0.0.0",
	  "省平台监听的地址", "hub: address to listen on" },
	{ "listen_port", KEY_PORT, AT(listen_port), 0, 65535, "7450",
	  "省平台监听的端口；0 由系统选择", "hub: port to listen on; 0 lets the system choose" },
	{ "advertise", KEY_ADDRESS, AT(advertise), 0, 0, "",
	  "写进登记码的地址 host[:port]（默认：机器名）", "hub: host[:port] put into tokens (default: the machine's name)" },
	{ "sync_hour_from", KEY_U32, AT(sync_hour_from), 0, 23, "21",
	  "每晚同步时段的开始（时）", "nightly sync: from this hour" },
	{ "sync_hour_to", KEY_U32, AT(sync_hour_to), 1, 24, "23",
	  "每晚同步时段的结束（时）", "nightly sync: to this hour" },
	{ "sync_every_s", KEY_U32, AT(sync_every_s), 0, 7 * 86400, "0",
	  "每隔多少秒同步；0 为每晚一次", "sync every so many seconds; 0: nightly" },
	{ "sessions_max", KEY_U32, AT(sessions_max), 1, 10000, "1000",
	  "省平台同时接待的工作站数", "hub: nodes served at the same time" },
	{ "journal_mib", KEY_U64, AT(journal_mib), 0, 4096, "0",
	  "日志文件大小（MiB）；0：工作站 8，省平台 64", "size of the journal in MiB; 0: 8 at a station, 64 at a hub" },
	{ "free_mib_min", KEY_U64, AT(free_mib_min), 1, 1048576, "16",
	  "磁盘剩余少于此数（MiB）时不再接收新记录", "refuse new entries when less than so many MiB are free" },
	{ "map_mib", KEY_U64, AT(map_mib), 16, 4194304, "65536",
	  "数据文件最大可到多少 MiB，也是占用的地址空间（不是内存，也不预占磁盘）",
	  "how large the store can grow, MiB; that much address space, neither memory nor disk" },
	{ "household_number", KEY_NUMBERS, AT(household_number), 0, 0, "default",
	  "新户编号：default 为 12-19 位数字或带一个短横的数字；any 为任何一个词",
	  "new household numbers: default (12-19 digits, or digits with one dash) or any (one word)" },
	{ "lang", KEY_LANG, AT(lang), 0, 0, "zh",
	  "给人看的话：zh 或 en", "language of sentences: zh or en" },
	{ "log_level", KEY_LEVEL, AT(log_level), 0, 0, "info",
	  "日志：error warn info debug", "log: error warn info debug" },
};
/* clang-format on */
enum { KEYS = sizeof keys / sizeof keys[0] };

static const char *const roles[] = { [PART_STATION] = "station", [PART_HUB] = "hub" };
static const char *const numbers[] = { [HOUSEHOLD_DEFAULT] = "default", [HOUSEHOLD_ANY] = "any" };
static const char *const levels[] = { "error", "warn", "info", "debug" };

static int set_text(const struct key_row *k, void *at, const char *value);
static int set_address(const struct key_row *k, void *at, const char *value);
static int set_number(const struct key_row *k, void *at, const char *value);
static int set_value(const struct key_row *k, void *at, const char *value);

/* "-" and "_" are the same, so that --listen-port is listen_port. */
static bool same_key(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if (*a != *b && !(*a == '-' && *b == '_'))
			return false;
	return *a == *b;
}

static const struct key_row *find_key(const char *name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (same_key(name, keys[i].name))
			return &keys[i];
	return NULL;
}

bool config_known(const char *key)
{
	return find_key(key) != NULL;
}

void config_near(struct near *n)
{
	for (size_t i = 0; i < KEYS; i++)
		near_try(n, keys[i].name);
}

void config_default(struct config *c)
{
	memset(c, 0, sizeof *c);
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].initial[0] != '\0')
			BF_REQUIRE(set_value(&keys[i], (char *)c + keys[i].at, keys[i].initial) ==
				   0);
	if (gethostname(c->name, sizeof c->name - 1) != 0)
		(void)snprintf(c->name, sizeof c->name, "bangfu");
}

static void all_keys(char *out, size_t size)
{
	size_t used = 0;
	for (size_t i = 0; i < KEYS && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i == 0 ? "" : " ",
					 keys[i].name);
}

/* What a value of this key looks like, for the sentence that refuses one. */
static void expected(const struct key_row *k, char *out, size_t size)
{
	char number[64];
	const char *text = number;

	switch (k->type) {
	case KEY_TEXT:
		(void)snprintf(number, sizeof number, "1-%zu bytes UTF-8", k->size - 1);
		break;
	case KEY_ADDRESS:
		text = "hub.example | hub.example:7450 | 10.1.2.3:7450 | [fd00::1]:7450 (1-65535)";
		break;
	case KEY_ROLE:
		text = "station | hub";
		break;
	case KEY_DIVISION:
		text = "2, 4, 6, 9, 12 digits: 150000000000";
		break;
	case KEY_NUMBERS:
		text = "default | any";
		break;
	case KEY_LANG:
		text = "zh | en";
		break;
	case KEY_LEVEL:
		text = "error | warn | info | debug";
		break;
	case KEY_PORT:
	case KEY_U32:
	case KEY_U64:
		(void)snprintf(number, sizeof number, "%llu-%llu", (unsigned long long)k->min,
			       (unsigned long long)k->max);
		break;
	}
	(void)snprintf(out, size, "%s = %s", k->name, text);
}

int config_set(struct config *c, const char *key, const char *value, const char *where,
	       struct fault *f)
{
	char hint[FAULT_TEXT_MAX];
	const struct key_row *k = find_key(key);

	if (k == NULL) {
		all_keys(hint, sizeof hint);
		return fault_say(f, FAULT_CONFIG_KEY, where, key, hint);
	}
	if (set_value(k, (char *)c + k->at, value) != 0) {
		expected(k, hint, sizeof hint);
		return fault_say(f, FAULT_CONFIG_VALUE, where, value, hint);
	}
	return 0;
}

static int set_text(const struct key_row *k, void *at, const char *value)
{
	struct bytes b = bytes_str(value);
	if (b.len == 0 || b.len >= k->size || !bytes_utf8(b) || bytes_control(b))
		return BF_EINVAL;
	memset(at, 0, k->size);
	memcpy(at, value, b.len);
	return 0;
}

/* What stands here goes into tokens as it is: judged now, and not by a station that cannot come. */
static int set_address(const struct key_row *k, void *at, const char *value)
{
	char host[TOKEN_HOST_MAX];
	uint16_t port;

	if (token_address(bytes_str(value), host, &port) != 0)
		return BF_EINVAL;
	return set_text(k, at, value);
}

static int set_number(const struct key_row *k, void *at, const char *value)
{
	char *end;
	if (value[0] < '0' || value[0] > '9')
		return BF_EINVAL;
	errno = 0;
	unsigned long long v = strtoull(value, &end, 10);
	if (errno != 0 || *end != '\0' || v < k->min || v > k->max)
		return BF_EINVAL;
	if (k->type == KEY_PORT)
		*(uint16_t *)at = (uint16_t)v;
	else if (k->type == KEY_U32)
		*(uint32_t *)at = (uint32_t)v;
	else
		*(uint64_t *)at = v;
	return 0;
}

static int set_word(int *at, const char *value, const char *const *words, int from, int to)
{
	for (int i = from; i <= to; i++) {
		if (strcmp(value, words[i]) == 0) {
			*at = i;
			return 0;
		}
	}
	return BF_EINVAL;
}

static int set_value(const struct key_row *k, void *at, const char *value)
{
	switch (k->type) {
	case KEY_TEXT:
		return set_text(k, at, value);
	case KEY_ADDRESS:
		return set_address(k, at, value);
	case KEY_ROLE:
		return set_word(at, value, roles, PART_STATION, PART_HUB);
	case KEY_DIVISION:
		return division_parse(bytes_str(value), at) == 0 ? 0 : BF_EINVAL;
	case KEY_NUMBERS:
		return set_word(at, value, numbers, HOUSEHOLD_DEFAULT, HOUSEHOLD_ANY);
	case KEY_PORT:
	case KEY_U32:
	case KEY_U64:
		return set_number(k, at, value);
	case KEY_LANG:
		if (strcmp(value, "zh") != 0 && strcmp(value, "en") != 0)
			return BF_EINVAL;
		*(char *)at = value[0];
		return 0;
	case KEY_LEVEL:
		return set_word(at, value, levels, LOG_ERROR, LOG_DEBUG);
	}
	return BF_EINVAL;
}

/* ---- the file ---- */

struct loading {
	struct config *config;
	const char *path;
	FILE *file;
	unsigned line;
	unsigned seen[KEYS]; /* line of the first time, 0 none */
	struct fault *fault;
	int rc; /* first error */
};

static void say_where(const struct loading *l, char where[FAULT_WHERE_MAX])
{
	const char *name = strrchr(l->path, '/'); /* the end of a long path is the telling one */
	(void)snprintf(where, FAULT_WHERE_MAX, "%s:%u", name != NULL ? name + 1 : l->path, l->line);
}

/* fgets with a count; a line that does not fit must not silently become two. */
static char *read_line(char *out, int size, void *stream)
{
	struct loading *l = stream;
	char where[FAULT_WHERE_MAX];

	if (l->rc != 0 || fgets(out, size, l->file) == NULL)
		return NULL;
	l->line++;
	if (strchr(out, '\n') == NULL && !feof(l->file)) {
		say_where(l, where);
		l->rc = fault_say(l->fault, FAULT_CONFIG_LINE, where, NULL, NULL);
		return NULL;
	}
	return out;
}

/* One `key = value`; 0 is an error to inih. Sections mean nothing here and are refused. */
static int on_value(void *user, const char *section, const char *name, const char *value)
{
	struct loading *l = user;
	char where[FAULT_WHERE_MAX];
	char first[24];
	const struct key_row *k = find_key(name);

	say_where(l, where);
	if (l->rc != 0)
		return 0;
	if (section[0] != '\0') {
		l->rc = fault_say(l->fault, FAULT_CONFIG_LINE, where, NULL, NULL);
		return 0;
	}
	if (k != NULL && l->seen[k - keys] != 0) {
		(void)snprintf(first, sizeof first, "%u", l->seen[k - keys]);
		l->rc = fault_say(l->fault, FAULT_CONFIG_TWICE, where, name, first);
		return 0;
	}
	if (k != NULL)
		l->seen[k - keys] = l->line;
	l->rc = config_set(l->config, name, value, where, l->fault);
	return l->rc == 0;
}

int config_load(struct config *c, const char *path, struct fault *f)
{
	struct loading l = { .config = c, .path = path, .fault = f };
	char where[FAULT_WHERE_MAX];

	l.file = fopen(path, "re");
	if (l.file == NULL && (errno == EMFILE || errno == ENFILE))
		return files_few(f);
	if (l.file == NULL)
		return fault_say(f, FAULT_CONFIG_OPEN, path, strerror(errno), NULL);
	errno = 0;
	int rc = ini_parse_stream(read_line, &l, on_value, &l);
	int err = ferror(l.file) == 0 ? 0 : errno != 0 ? errno : EIO; /* a directory opens, too */
	(void)fclose(l.file);
	if (l.rc == 0 && err != 0)
		return fault_say(f, FAULT_CONFIG_OPEN, path, strerror(err), NULL);
	if (l.rc == 0 && rc != 0) { /* a line that is neither comment nor key = value */
		if (rc > 0)
			l.line = (unsigned)rc;
		say_where(&l, where);
		l.rc = fault_say(f, FAULT_CONFIG_LINE, where, NULL, NULL);
	}
	return l.rc;
}

int config_check(struct config *c, struct fault *f)
{
	if (c->dir[0] == '\0')
		return fault_say(f, FAULT_CONFIG_MISSING, "dir", "dir = /var/lib/bangfu", NULL);
	if (c->role == PART_HUB && c->division == 0)
		return fault_say(f, FAULT_CONFIG_MISSING, "division", "division = 150000000000",
				 NULL);
	if (c->sync_hour_from >= c->sync_hour_to)
		return fault_say(f, FAULT_CONFIG_VALUE, "sync_hour_to",
				 "sync_hour_from >= sync_hour_to", "sync_hour_from < sync_hour_to");
	/* The directory is ours alone (0700): no group could reach a socket in it. */
	if (c->socket_group[0] != '\0' && c->socket[0] == '\0')
		return fault_say(f, FAULT_CONFIG_MISSING, "socket",
				 "socket = /run/bangfu/bangfu.sock", NULL);
	if (c->socket[0] == '\0') {
		int n = snprintf(c->socket, sizeof c->socket, "%s/bangfu.sock", c->dir);
		if (n < 0 || (size_t)n >= sizeof c->socket) {
			c->socket[0] = '\0';
			return fault_say(f, FAULT_CONFIG_SOCKET, "socket", c->dir,
					 "socket = /run/bangfu/bangfu.sock");
		}
	}
	if (c->journal_mib == 0)
		c->journal_mib = c->role == PART_HUB ? 64 : 8;
	return 0;
}

void config_print_help(void)
{
	for (size_t i = 0; i < KEYS; i++)
		(void)printf("  %-15s %-9s %s\n  %-15s %-9s %s\n", keys[i].name,
			     keys[i].initial[0] == '\0' ? "-" : keys[i].initial, keys[i].zh, "", "",
			     keys[i].en);
}
