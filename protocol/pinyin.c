/* SPDX-License-Identifier: Apache-2.0 */
/* pinyin.c -- see pinyin.h. */
#include "pinyin_inside.h"

#include <string.h>

/* How what stands at the head of a name is read as a surname, where Unicode does not say so or says
 * it last: its first character and, of those that have two, the second. */
struct surname {
	const char *text, *readings[2];
};

/* clang-format off */
static const struct surname surnames[] = {
	{ "万俟", { "mo", "qi" } },    { "尉迟", { "yu", "chi" } }, { "单于", { "chan", "yu" } },
	{ "澹台", { "tan", "tai" } },
	{ "单", { "shan" } }, { "解", { "xie" } },  { "仇", { "qiu" } },  { "查", { "zha" } },
	{ "曾", { "zeng" } }, { "区", { "ou" } },   { "盖", { "ge" } },   { "朴", { "piao" } },
	{ "覃", { "qin" } },  { "翟", { "zhai" } }, { "缪", { "miao" } }, { "员", { "yun" } },
	{ "贠", { "yun" } },  { "黑", { "he" } },   { "折", { "she" } },  { "种", { "chong" } },
	{ "祭", { "zhai" } }, { "乜", { "nie" } },  { "繁", { "po" } },   { "洗", { "xian" } },
	{ "秘", { "bi" } },   { "召", { "shao" } }, { "阚", { "kan" } },  { "郇", { "xun" } },
	{ "隗", { "wei" } },  { "佴", { "nai" } },
};
/* Anywhere in a name: what people are called and Unicode does not read so. */
static const struct surname readings[] = { { "晟", { "sheng" } } };
/* clang-format on */

static void add(struct pinyin_char *c, const char *reading);
static void add_all(struct pinyin_char *c, uint32_t cp);
static void add_surname(struct pinyin_char *c, uint32_t at, struct bytes name);

uint32_t pinyin_name(struct bytes name, struct pinyin_char *out, uint32_t max)
{
	struct bytes rest = name;
	uint32_t count = 0, cp;
	size_t n;

	for (; count < max && (n = bytes_char(rest, &cp)) > 0; count++) {
		struct pinyin_char *c = &out[count];

		*c = (struct pinyin_char){ .text = bytes_of(rest.p, n) };
		add_surname(c, count, name);
		add_all(c, cp);
		rest = bytes_of(rest.p + n, rest.len - n);
	}
	return count;
}

static void add(struct pinyin_char *c, const char *reading)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (strcmp(c->readings[i], reading) == 0)
			return;
	if (c->count < PINYIN_READINGS_MAX)
		c->readings[c->count++] = reading;
}

/* The longest surname that stands at the head of the name. */
static void add_surname(struct pinyin_char *c, uint32_t at, struct bytes name)
{
	for (size_t i = 0; at < 2 && i < sizeof surnames / sizeof *surnames; i++) {
		const struct surname *s = &surnames[i];
		size_t len = strlen(s->text);

		if (name.len < len || memcmp(name.p, s->text, len) != 0)
			continue;
		if (s->readings[at] != NULL)
			add(c, s->readings[at]);
		return;
	}
}

/* The set of a character beyond the basic block; 0 when it is not known. */
static uint16_t rare_set(uint32_t cp)
{
	size_t low = 0, high = pinyin_rare_count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (pinyin_rare[mid].cp == cp)
			return pinyin_rare[mid].set;
		if (pinyin_rare[mid].cp < cp)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

static void add_all(struct pinyin_char *c, uint32_t cp)
{
	bool basic = cp >= PINYIN_BASIC_FIRST && cp <= PINYIN_BASIC_LAST;
	uint16_t set = basic ? pinyin_basic[cp - PINYIN_BASIC_FIRST] : rare_set(cp);

	for (const uint16_t *s = &pinyin_sets[set]; *s != 0; s++)
		add(c, pinyin_syllables[*s]);
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
		if (bytes_equal(c->text, bytes_str(readings[i].text)))
			add(c, readings[i].readings[0]);
}

static char initial(const struct pinyin_char *c)
{
	char latin = (char)c->text.p[0];

	if (c->count > 0)
		return c->readings[0][0];
	if (latin >= 'A' && latin <= 'Z')
		return (char)(latin - 'A' + 'a');
	return (latin >= 'a' && latin <= 'z') || (latin >= '0' && latin <= '9') ? latin : '\0';
}

char *pinyin_initials(struct bytes name, char *out, size_t cap)
{
	struct pinyin_char chars[PINYIN_NAME_MAX];
	uint32_t count = pinyin_name(name, chars, PINYIN_NAME_MAX);
	size_t used = 0;

	for (uint32_t i = 0; i < count && used + 1 < cap; i++) {
		char c = initial(&chars[i]);

		if (c != '\0')
			out[used++] = c;
	}
	if (cap > 0)
		out[used] = '\0';
	return out;
}
