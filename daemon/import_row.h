/* SPDX-License-Identifier: Apache-2.0 */
/* import_row.h -- one row of a file, read twice: as its household, then as its member.
 *
 * Headings name fields by the schema's `column`; a few have a meaning of their own (places above
 * the village, the household's number, the document's number). What a heading means is looked up
 * once for a file. A fault names the heading as the file has it.
 * Thread: any one at a time. Memory: the caller's; a row borrows from its rows_row. */
#ifndef BF_IMPORT_ROW_H
#define BF_IMPORT_ROW_H

#include "daemon/resolve.h"
#include "daemon/rows.h"
#include "protocol/record.h"

/* What a heading of the file means. */
enum column_is {
	COLUMN_UNKNOWN,
	COLUMN_PLACE,  /* 省 市 县 乡 村: `place` */
	COLUMN_CODE,   /* of the place */
	COLUMN_FIELD,  /* of a kind, and nothing else */
	COLUMN_NUMBER, /* the household's; from here on fields too, and read out of turn */
	COLUMN_ID,
	COLUMN_MEMBER_NUMBER,
	COLUMN_NAME,
	COLUMN_DOCUMENT,
	COLUMN_SERIAL, /* of the row: nothing */
};
struct column {
	struct bytes heading;
	enum column_is is;
	uint32_t place;
	const struct field *household, *member;
};

struct row {
	const struct rows_row *from;
	const struct column *columns; /* by index of heading */
	uint64_t division;            /* 0: not given */
	struct bytes number, id, member_number, name, document;
};

/* Codes of list document whose number is a person's key. */
enum { DOCUMENT_ID = 1, DOCUMENT_DISABILITY = 2 };

/* All that is wrong with a row, in the order of its cells; what concerns no cell stands last. */
enum { ROW_FAULTS_MAX = 64 };
struct row_faults {
	uint32_t count, more; /* told; and so many others */
	struct row_fault {
		uint32_t cell; /* UINT32_MAX: none */
		struct fault fault;
	} all[ROW_FAULTS_MAX];
};

struct column row_column(struct bytes heading);
/* What tells whose row it is, and where. */
int row_read(struct row *row, const struct rows_row *from, const struct column *columns,
	     struct resolve *ask, struct fault *f);
/* The row names a member, and not only a household. */
bool row_member(const struct row *row);
/* What the row gives of its household or its member. Texts of the record are in the row or in
 * `arena`, which is cleared first. */
int row_take(const struct row *row, const struct kind *k, struct resolve *ask, struct record *out,
	     struct buf *arena, struct fault *f);
/* The column of the field that a check complained of. */
int row_at_field(int rc, struct fault *f, const struct kind *k);
/* Of a row that is refused: add a fault, unless the same is there; and all that its cells alone show
 * to be wrong, be it of its household or its member. `out` and `arena` are used for it. */
void row_tell(const struct row *row, const struct fault *f, struct row_faults *to);
void row_tell_all(const struct row *row, struct resolve *ask, struct record *out, struct buf *arena,
		  struct row_faults *to);

#endif
