/* SPDX-License-Identifier: Apache-2.0 */
/* versions.c -- see versions.h. */
#include "storage/versions.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"
#include "storage/inside.h"

enum { KEY_VERSIONS_BYTES = KEY_REF_BYTES + 1 };

void versions_fini(struct versions *vs)
{
	deltas_fini(&vs->subjects);
	buf_fini(&vs->found);
	buf_fini(&vs->answer);
}

static void forget(struct versions *vs)
{
	deltas_clear(&vs->subjects);
	buf_renew(&vs->found);
}

static size_t found_count(const struct versions *vs)
{
	return vs->found.len / sizeof(struct version);
}

static int by_ordinal(const void *a, const void *b)
{
	const struct version *x = a, *y = b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

/* What an about row leads to, put to the others when it is a version of the subject. */
static int consider(struct view *v, struct spot spot, struct ref subject)
{
	struct version found = { .spot = spot };
	struct entry e;
	int rc = view_there(view_txn(v), spot, &e);

	if (rc != 0 || !ref_equal(e.subject, subject))
		return rc;
	rc = view_ordinal(view_txn(v), spot, &found.ordinal);
	if (rc == 0)
		buf_put(&view_own(v)->versions.found, &found, sizeof found);
	return rc;
}

/* All of the subject's, void ones too, behind those that were found before. */
static int walk(struct view *v, struct ref subject, uint32_t kind)
{
	struct versions *vs = &view_own(v)->versions;
	uint8_t from[KEY_ABOUT_BYTES] = { 0 };
	size_t before = found_count(vs);
	struct lmdb_scan c;
	int rc = 0;

	key_ref(from, subject);
	for (lmdb_scan(&c, view_txn(v), TREE_ABOUT, bytes_of(from, sizeof from)); c.here && rc == 0;
	     lmdb_scan_next(&c)) {
		if (c.key.len != KEY_ABOUT_BYTES || c.value.len != 1)
			rc = BF_EDAMAGED;
		else if (memcmp(c.key.p, from, KEY_REF_BYTES) != 0)
			break;
		else if (c.value.p[0] == kind)
			rc = consider(v, key_about_take(c.key.p).spot, subject);
	}
	int end_rc = lmdb_scan_end(&c);

	rc = rc != 0 ? rc : end_rc != 0 ? end_rc : vs->found.err;
	if (rc == 0 && found_count(vs) > before + 1)
		qsort(vs->found.p + before * sizeof(struct version), found_count(vs) - before,
		      sizeof(struct version), by_ordinal);
	return rc;
}

/* Where those of the subject stand: kept, or found now and kept. */
static int locate(struct view *v, struct ref subject, uint32_t kind, size_t *first, size_t *count)
{
	struct versions *vs = &view_own(v)->versions;
	uint8_t key[KEY_VERSIONS_BYTES];

	key_ref(key, subject);
	key[KEY_REF_BYTES] = (uint8_t)kind;
	const struct bytes name = bytes_of(key, sizeof key);
	const struct delta *kept = deltas_get(&vs->subjects, name);

	if (kept != NULL) {
		*first = (size_t)kept->n[0];
		*count = (size_t)kept->n[1];
		return 0;
	}
	if (found_count(vs) >= VERSIONS_KEPT_MAX || vs->subjects.count == VERSIONS_SUBJECTS_MAX)
		forget(vs);
	*first = found_count(vs);
	int rc = walk(v, subject, kind);

	*count = found_count(vs) - *first;
	if (rc == 0 && vs->keeps)
		deltas_add(&vs->subjects, name, (int64_t)*first, (int64_t)*count, 0);
	if (rc == 0)
		rc = vs->subjects.err;
	if (rc != 0)
		forget(vs);
	return rc;
}

int versions_find(struct view *v, struct ref subject, uint32_t kind, uint64_t asof,
		  const struct version **out, size_t *count)
{
	struct versions *vs = &view_own(v)->versions;
	size_t first, found;
	int rc = locate(v, subject, kind, &first, &found);

	buf_renew(&vs->answer);
	for (size_t i = first; rc == 0 && i < first + found; i++) {
		const struct version *one = (const struct version *)(void *)vs->found.p + i;

		if (one->ordinal > asof)
			break;
		rc = view_voided_by(view_txn(v), one->spot, asof);
		if (rc == 0)
			buf_put(&vs->answer, one, sizeof *one);
		rc = rc < 0 ? rc : 0;
	}
	*out = (const struct version *)(void *)vs->answer.p;
	*count = vs->answer.len / sizeof **out;
	return rc != 0 ? rc : vs->answer.err;
}
