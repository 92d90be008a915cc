/* SPDX-License-Identifier: Apache-2.0 */
/* errors.h -- the one list of results a function may return.
 *
 * 0 is done, negative is one of these. Libraries return them and never log;
 * foreign codes (errno, MDB_*, SSL) are translated at their wall and go no further.
 * What a person should read is not here but in fault.h. */
#ifndef BF_ERRORS_H
#define BF_ERRORS_H

#include <stdio.h>
#include <stdlib.h>

enum bf_error {
	BF_OK = 0,
	BF_EINVAL = -1,     /* a value is not of its type or breaks a rule */
	BF_EMORE = -2,      /* the bytes end too early; more may come */
	BF_EFORMAT = -3,    /* bytes that no more bytes could make right */
	BF_EBOUND = -4,     /* over a named ..._MAX */
	BF_ENOMEM = -5,     /* no memory */
	BF_EFULL = -6,      /* disk or map full; nothing was changed */
	BF_EIO = -7,        /* the disk or the system failed */
	BF_ECHAIN = -8,     /* an entry does not continue its log's hash chain */
	BF_ESIGN = -9,      /* a signature is not that of the named key */
	BF_EORDER = -10,    /* a frame or call out of turn */
	BF_ENOTFOUND = -11, /* there is no such thing */
	BF_EEXIST = -12,    /* it is there already */
	BF_EACCES = -13,    /* not allowed */
	BF_EBUSY = -14,     /* held by another; come back */
	BF_EFORK = -15,     /* two different entries claim one (origin, seq) */
	BF_EVERSION = -16,  /* written by a newer program, or a protocol we do not speak */
	BF_EOVERFLOW = -17, /* a sum would leave int64 */
	BF_ECLOSED = -18,   /* the other side went away */
	BF_EBUG = -19,      /* our own mistake, noticed */
	BF_EDAMAGED = -20,  /* what stands on our own disk is not what was written there */
};

/* The constant's own name, "BF_EFULL"; "BF_?" for an unknown number. Static. */
const char *bf_error_name(int rc);

/* Our bug: always compiled in. The process dies, the supervisor restarts it, the store is crash-safe. */
#define BF_REQUIRE(cond) ((cond) ? (void)0 : bf_require_failed(__FILE__, __LINE__, #cond))
_Noreturn void bf_require_failed(const char *file, int line, const char *what);

#endif
