/* SPDX-License-Identifier: Apache-2.0 */
/* found.h -- an entry that somebody names to void it, to correct it or to record its like.
 *
 * Thread: as the view's. Memory: what is filled is the caller's. */
#ifndef BF_FOUND_H
#define BF_FOUND_H

#include "protocol/record.h"
#include "storage/view.h"

struct found {
	struct buf *told; /* gets the entry as `log` answers; left empty when its kind is not known.
			     NULL: not asked */
	struct buf *body; /* gets its bytes; NULL: not asked */
	uint32_t kind;
	struct ref subject; /* its own ref, or what it changes */
	bool voided, malformed;
};

/* FAULT_REF_UNKNOWN. */
int found_entry(struct view *v, struct ref ref, const char *where, struct found *out,
		struct fault *f);
/* The void that stands right before `ref`, in the same run: then `ref` took the place of *old by a
 * correction. BF_ENOTFOUND: it did not. */
int found_replaced(struct view *v, struct ref ref, struct ref *old);
/* FAULT_REF_VOIDED: by what correction `ref`, which is void, was replaced, or who voided it when.
 */
int found_void(struct view *v, struct ref ref, const char *where, struct fault *f);
/* It can be recorded once more: of `kind` (NULL: of any), not void, not malformed, and no entity
 * that others name. FAULT_REF_KIND, what found_void says, FAULT_REF_MALFORMED, FAULT_EDIT_SUBJECT.
 */
int found_kind(struct view *v, const struct found *found, struct ref ref, const struct kind *kind,
	       const char *where, struct fault *f);

#endif
