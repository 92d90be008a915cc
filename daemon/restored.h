/* SPDX-License-Identifier: Apache-2.0 */
/* restored.h -- what `bangfu restore` leaves for the first start: that this directory was put back.
 *
 *   fresh -> isolated -> (no mark)
 *
 * A hub that finds the mark fresh draws a new epoch (main.c), as with --restored, and marks itself
 * isolated: it listens on this machine alone, so that what was revoked since the copy is revoked
 * again before anybody can come in. It stays so over any restart until its operator opens it. A
 * crash between the epoch and the mark draws one more, which nobody has seen. At a station the mark
 * means nothing and is taken away. The mark is a small file, replaced as a whole and synced.
 * Thread: start of the process, and the loop. */
#ifndef BF_RESTORED_H
#define BF_RESTORED_H

#include "protocol/fault.h"

#define RESTORED_NAME "restored"
#define RESTORED_HOST "127.0.0.1"

enum restored { RESTORED_NOT, RESTORED_FRESH, RESTORED_ISOLATED };

/* What cannot be read is isolated: the safe side. */
enum restored restored_read(const char *dir);
/* FAULT_DIR_READONLY, FAULT_DISK_FULL. */
int restored_isolate(const char *dir, struct fault *f);
int restored_clear(const char *dir, struct fault *f);

#endif
