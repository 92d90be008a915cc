/* SPDX-License-Identifier: Apache-2.0 */
/* logs.c -- see logs.h. Bodies go through record_set_text, so they are what the client would have
 * made. */
#include "tests/bench/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"

enum { ARENA_BYTES = 4096, NOTE_WORDS = 9 };

static const char *const words[] = {
	"入户走访", "核实收入", "医疗报销", "住房安全", "饮水管护", "产业分红", "务工返乡",
	"牛羊出栏", "草料补贴", "小额信贷", "合作社",   "培训",     "教育资助", "慢病签约",
	"残疾补贴", "低保复核", "春耕",     "备耕",     "化肥",     "种子",     "过冬取暖",
	"粮油",     "棉被",     "政策宣讲", "就业推荐", "公益岗位", "道路维修", "电商销售",
	"家庭医生", "情绪稳定", "房屋漏雨", "下月复查",
};

static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static void note(uint64_t seed, char *out, size_t cap)
{
	size_t used = 0;

	for (int i = 0; i < NOTE_WORDS; i++) {
		const char *w = words[mix(seed + (uint64_t)i) % (sizeof words / sizeof *words)];

		used += (size_t)snprintf(out + used, cap - used, "%s%s", i ? "，" : "", w);
	}
}

static int ask_division(void *ctx, struct bytes text, uint64_t *code, const char *where,
			struct fault *f)
{
	(void)ctx, (void)where, (void)f;
	return division_parse(text, code);
}

static int ask_subject(void *ctx, uint16_t kind, struct bytes text, struct ref *out,
		       const char *where, struct fault *f)
{
	(void)ctx, (void)kind, (void)where, (void)f;
	return ref_parse(text, out);
}

struct pair {
	const char *name, *text;
};

static void build(const char *kind_name, const struct pair *pairs, size_t count, uint64_t division,
		  uint32_t *kind, struct buf *body)
{
	struct resolver ask = {
		.today = 20780, .here = division, .division = ask_division, .subject = ask_subject
	};
	struct record r = { 0 };
	struct buf arena = { 0 };
	struct fault f = { 0 };
	const struct kind *k = kind_by_name(bytes_str(kind_name));

	BF_REQUIRE(k != NULL && buf_reserve(&arena, ARENA_BYTES) == 0);
	record_init(&r, k);
	for (size_t i = 0; i < count; i++) {
		const struct field *field = field_by_name(k, bytes_str(pairs[i].name));

		if (field == NULL ||
		    record_set_text(&r, field, bytes_str(pairs[i].text), &ask, &arena, &f) != 0) {
			fprintf(stderr, "bench: %s.%s: %s\n", kind_name, pairs[i].name, f.en);
			exit(1);
		}
	}
	if (record_check(&r, &ask, &f) != 0 || record_put(&r, body) != 0) {
		fprintf(stderr, "bench: %s: %s %s\n", kind_name, f.where, f.en);
		exit(1);
	}
	*kind = k->id;
	record_fini(&r);
	buf_fini(&arena);
}

void log_body(uint64_t division, uint64_t i, uint32_t *kind, struct buf *body)
{
	char day[11], text[512], home[REF_TEXT_MAX], account[REF_TEXT_MAX + 16], place[13],
	    amount[32], doc[32];
	char code[4];
	uint64_t r = mix(i * 7919 + division);

	day_print((int32_t)(20420 + r % 330), day);
	note(r, text, sizeof text);
	ref_print((struct ref){ division, 1 + (r >> 8) % 400 }, home);
	division_print(division, place);
	snprintf(account, sizeof account, "户:%s", home);
	snprintf(amount, sizeof amount, "%u.%02u", (unsigned)(r >> 20) % 50000 + 1,
		 (unsigned)(r >> 40) % 100);
	snprintf(doc, sizeof doc, "凭证%06u", (unsigned)(r >> 12) % 1000000);
	snprintf(code, sizeof code, "%u", (unsigned)(r >> 30) % 7 + 1);
	const struct pair visit[] = { { "division", place },  { "day", day },
				      { "households", home }, { "purpose", code },
				      { "seen", text },       { "cadre", "驻村工作队员甲" } };
	const struct pair fund[] = { { "division", place },  { "day", day },
				     { "movement", "支出" }, { "level", "省" },
				     { "channel", code },    { "from", place },
				     { "to", account },      { "amount", amount },
				     { "document", doc },    { "note", text } };
	const struct pair aid[] = { { "division", place }, { "day", day },
				    { "household", home }, { "category", code },
				    { "channel", code },   { "item", "冬季取暖煤炭与生活物资" },
				    { "amount", amount },  { "note", text } };
	const struct pair activity[] = { { "division", place },
					 { "day", day },
					 { "name", text },
					 { "category", code },
					 { "participants", "12" } };

	switch (i % 10) {
	case 0:
	case 1:
	case 2:
		build("fund", fund, sizeof fund / sizeof *fund, division, kind, body);
		return;
	case 3:
	case 4:
		build("aid", aid, sizeof aid / sizeof *aid, division, kind, body);
		return;
	case 5:
		build("activity", activity, sizeof activity / sizeof *activity, division, kind,
		      body);
		return;
	default:
		build("visit", visit, sizeof visit / sizeof *visit, division, kind, body);
	}
}

uint64_t log_division(uint32_t n)
{
	return UINT64_C(150000000000) + (n % 12 + 1) * UINT64_C(100000000) +
	       (n / 12 % 9 + 21) * UINT64_C(1000000) + (100 + n / 108 % 12) * UINT64_C(1000) + 200 +
	       n / 1296 % 60;
}

void log_make(struct log *log, uint32_t node, uint32_t count)
{
	uint8_t seed[SEED_BYTES] = { 'b', 'e', 'n', 'c', 'h' };
	struct buf body = { 0 };

	*log = (struct log){ .division = log_division(node), .count = count };
	be32_put(seed + 8, node);
	key_from_seed(&log->key, seed);
	log->origin = chain_origin(&log->key.public, 0);
	log->at = calloc(count + 1, sizeof *log->at);
	log->head =
	    (struct head){ .origin = log->origin, .hash = chain_genesis(&log->key.public, 0) };
	for (uint32_t i = 0; i < count; i++) {
		struct entry e = { .seq = i + 1,
				   .stamp = stamp_next(0, INT64_C(1790000000000) + i * 1000),
				   .author = BYTES_LIT("cadre") };

		buf_clear(&body);
		log_body(log->division, (uint64_t)node * 1000003 + i, &e.kind, &body);
		e.body = buf_bytes(&body);
		BF_REQUIRE(entry_put(&log->entries, &e) == 0);
		log->at[i + 1] = log->entries.len;
		log->head.hash = chain_next(&log->head.hash, log_slice(log, i + 1, 1));
	}
	log->head.seq = count;
	head_sign(&log->head, &log->key);
	buf_fini(&body);
}

struct bytes log_slice(const struct log *log, uint64_t first, uint64_t count)
{
	return bytes_of(log->entries.p + log->at[first - 1],
			log->at[first - 1 + count] - log->at[first - 1]);
}

void log_fini(struct log *log)
{
	buf_fini(&log->entries);
	free(log->at);
	crypto_wipe(&log->key, sizeof log->key);
}
