/* SPDX-License-Identifier: Apache-2.0 */
/* method.h -- the one table of local questions (RPC methods): names, parameters, what they answer.
 *
 * The daemon checks parameters against it before a handler runs, `methods` and the reference are
 * made from it, the client's help quotes it; README.md section 7 says the same (tests/unit/method.c
 * and methods_test.py compare). A handler still checks meaning: here only names, presence, types
 * and bounds are judged.
 *
 * Memory: the table is static and const. */
#ifndef BF_METHOD_H
#define BF_METHOD_H

#include "fault.h"
#include "mp.h"

enum { METHOD_PARAMS_MAX = 16 };

/* Who answers. The same bits as the daemon's node parts. */
enum { METHOD_STATION = 1, METHOD_HUB = 2, METHOD_BOTH = METHOD_STATION | METHOD_HUB };

enum param_type { PARAM_TEXT, PARAM_UINT, PARAM_BOOL, PARAM_MAP, PARAM_LIST };

struct method_param {
	const char *name;
	enum param_type type;
	bool required;
	const char *en; /* one line */
	/* Of a text's bytes, a number, a list's items or a map's pairs; a bool has none. */
	uint64_t min, max;
	const char *unset; /* what holds when it is left out; NULL: required, or a bool */
	bool own;          /* the handler judges the bounds, with its own sentence */
};

struct method {
	const char *name;
	int parts;
	const char *zh, *en; /* one line */
	const char *result;  /* shape of the answer, as in README.md section 7 */
	struct method_param params[METHOD_PARAMS_MAX]; /* ended by a NULL name */
	size_t param_count;                            /* counted in the table */
};

const struct method *method_find(struct bytes name); /* NULL when unknown */
const struct method *method_at(size_t index);        /* in table order; NULL past the end */
const char *param_type_name(
    enum param_type type); /* "text", "uint", "bool", "map", "list"; static */
/* 0, or a fault that names the parameter: FAULT_UNKNOWN_PARAM, FAULT_MISSING_PARAM,
 * FAULT_BAD_PARAM, FAULT_LIMIT. `params` as rpc_take_request gives it: a map, or nil or an empty
 * array for none. */
int method_check(const struct method *m, struct mp_val params, struct fault *f);

#endif
