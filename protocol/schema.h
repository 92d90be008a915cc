/* SPDX-License-Identifier: Apache-2.0 */
/* schema.h -- the one table of kinds, fields and code lists.
 *
 * Encoding, checking, CLI options, prompts, JSON, CSV columns, tally dimensions and the
 * reference documentation all come from here. To add a field, add a row to its kind in
 * kinds.c; to add a kind, add a table and a row; to add a code, a row in codes.c.
 * Tags, kind numbers and codes are for ever: never reuse one. */
#ifndef BF_SCHEMA_H
#define BF_SCHEMA_H

#include "bytes.h"

enum {
	KIND_HOUSEHOLD = 1, /* 户 */
	KIND_MEMBER = 2,    /* 人 */
	KIND_VISIT = 3,     /* 走访 */
	KIND_FUND = 4,      /* 资金 */
	KIND_AID = 5,       /* 帮扶 */
	KIND_ACTIVITY = 6,  /* 志愿活动 */
	KIND_SERVICE = 7,   /* 志愿服务 (one volunteer's minutes) */
	KIND_VOID = 8,      /* 作废 */
	KIND_MAX = 63,      /* numbers known now or later stay below, for table sizes */
};

enum { FIELDS_MAX = 48, FIELD_TEXT_MAX = 2000, FIELD_REFS_MAX = 64, DIMS_MAX = 2 };

enum field_type {
	T_TEXT,     /* str; min..max bytes; with `of` the number by which people call an entity of that kind */
	T_DIVISION, /* uint, 12 digits */
	T_DAY,      /* int, days since 1970 */
	T_FEN,      /* uint, 分 */
	T_COUNT,    /* uint; min..max */
	T_DECIMAL,  /* uint, hundredths; min..max of them; `of` is a decimal_unit */
	T_MINUTES,  /* uint; written as 90, 1:30 or 1.5h */
	T_CODE,     /* uint, a code of `list` */
	T_CODES,    /* uint bit set: bit n-1 stands for code n of `list` (n <= 32) */
	T_BOOL,     /* bool; 是/否 yes/no 1/0 */
	T_ID,       /* str, person.h */
	T_PHONE,    /* str of 11 digits, or 区号-号码 */
	T_BANK,     /* str of 8..32 digits */
	T_REF,      /* bin 16, an entity of kind `of` (or any entry when of = 0) */
	T_REFS,     /* bin of 16*n, n in 1..FIELD_REFS_MAX, entities of kind `of` */
	T_ACCOUNT,  /* bin, money.h */
	T_EACH,     /* array of ref, value, ref, value, ...: what the field of tag `min` says, for single ones of the refs in the field
		     * of tag `of`; each ref once */
};

enum decimal_unit { UNIT_NONE, UNIT_MU, UNIT_SQUARE_METRE };

enum field_flag {
	F_REQUIRED = 1,
	F_PERSONAL = 2,  /* masked whenever shown; never in logs */
	F_NOT_LATER = 4, /* a day that may not lie after today, where a record is made */
	F_DEFAULT_TODAY = 8,
	F_DEFAULT_HERE = 16, /* the station's own division */
	F_NAME = 32,         /* personal text masked as a name */
	F_CLOCK = 64,        /* minutes of the day, shown as 09:30; not a duration */
	F_EACH = 256,        /* one each: several, separated by commas, are several records (the client makes them) */
	F_ASKED = 1024, /* on a terminal a person is asked for it, and may leave it out; F_REQUIRED is asked for anyway */
	F_KEY = 128,         /* text that is compared: half-width, however it was typed */
};

struct code {
	uint16_t code;
	const char *zh, *en;   /* en is also what the CLI accepts: one lower-case word with - */
	const char *alias;     /* other Chinese spellings seen in data, separated by '|'; or NULL */
};

struct code_list {
	const char *name, *zh;
	const struct code *codes;
	size_t count;
};

struct field {
	uint8_t tag; /* the map key on the wire, 1..127 */
	uint8_t type;
	uint16_t flags;
	const char *name;   /* CLI option and JSON key: lower-case, with - */
	const char *zh;     /* the field's standard term */
	const char *column; /* heading in the national export, when it has one; else NULL */
	const struct code_list *list;
	uint16_t of;
	int64_t min, max;
	const char *en; /* one line of help */
};

/* A tag that stood for the field before its type was widened: a whole uint, `times` of it one of what the field counts now.
 * It is read as the field and put again as it came; new entries have the field's own tag. */
struct older {
	uint8_t tag, now;
	int64_t min, max;
	uint16_t times;
};

struct kind {
	uint16_t id;
	const char *name, *zh, *en;
	const struct field *fields;
	uint8_t count;
	uint8_t versioned; /* 1: a later entry may name it as subject and change it */
	/* What the tally and the place index read; tags, 0 when none. */
	uint8_t place, day, sum;
	uint8_t dims[DIMS_MAX];
	/* The one of dims across which sums must not be added: the yuan that is 下达 is the yuan that is 支出 later. */
	uint8_t apart;
	const char *sum_zh, *sum_en; /* what the sum means: 金额, 分钟, 人次 */
	uint8_t sum_is_fen;
	uint8_t about[3]; /* tags of T_REF, T_REFS or T_ACCOUNT fields that point at households or others: who is told of this */
	uint8_t text_key; /* tag of the T_TEXT or T_ID field by which people name it (户编号, 证件号码): find index */
	const struct older *older;
	uint8_t older_count;
	/* Who bears what `called` says, where that is nobody's record: 志愿者 of the services that name him. NULL: the entry itself. */
	const char *bearer_zh, *bearer_en;
	uint8_t called[2]; /* tags of what a sentence or a list calls it by: 户编号 and 户主姓名; masked where personal */
};

const struct kind *kind_by_id(uint32_t id);            /* NULL when unknown */
const struct kind *kind_by_name(struct bytes name);    /* English or Chinese name; NULL */
const struct kind *kind_at(size_t index);              /* in table order; NULL past the end */
const struct field *field_by_tag(const struct kind *k, uint32_t tag);
const struct field *field_by_name(const struct kind *k, struct bytes name); /* name, zh or column; '_' as '-' */
const struct code *code_by_number(const struct code_list *l, uint32_t code);
const struct code *code_by_text(const struct code_list *l, struct bytes text); /* zh, en, alias or number */
/* In what the field's decimals are counted ('z' or 'e'): 亩, 平方米; NULL when that is nothing fixed. */
const char *field_unit(const struct field *f, char lang);
/* The n-th field as people meet them: one that took the place of an older tag stands where that stood. An index of k->fields. */
size_t field_shown(const struct kind *k, size_t n);
/* The field for which a tag once stood; NULL. */
const struct older *field_older(const struct kind *k, uint64_t tag);
/* True when the field's values are refs of others, shown by what people call those. */
bool field_names(const struct field *f);
/* Of what kind those are, an account's households; NULL when it names none, or any. */
const struct kind *field_named(const struct field *f);
/* True when an entry of this kind that creates counts in the tally (place and day are set). */
bool kind_counts(const struct kind *k);

#endif
