/* SPDX-License-Identifier: Apache-2.0 */
/* files.h -- how many descriptors the daemon needs, and that it does not start with fewer.
 *
 * FILES_MIN is all it may ever hold at once beside the hub's sessions: the seats of the local
 * socket (seats.h), the store and its locks, the loop, a link to the hub and the handshakes that
 * are always allowed (listener.c), and some for what libraries open for a moment. So no accept or
 * open meets EMFILE later, when it would look like a failing disk. Thread: any. */
#ifndef BF_FILES_H
#define BF_FILES_H

#include "protocol/fault.h"

enum { FILES_MIN = 192 };

/* As many as the hard limit has. */
void files_raise(void);
/* Returns 0, or BF_ENOMEM with the fault said. */
int files_check(struct fault *f);
/* The sentence for an open that met EMFILE. Returns BF_ENOMEM. */
int files_few(struct fault *f);

#endif
