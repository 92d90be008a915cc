/* SPDX-License-Identifier: Apache-2.0 */
/* act.h -- an act of administration on its way: begun with who and when, told in the log when it is
 * done (storage/acts.h). Thread: any. */
#ifndef BF_DAEMON_ACT_H
#define BF_DAEMON_ACT_H

#include "storage/acts.h"

/* Now, by `who`: the login at the socket, "" for the station itself or the start. */
struct act act_by(const char *who);
/* The line of it: event=act. */
void act_tell(const struct act *a);

#endif
