/* SPDX-License-Identifier: Apache-2.0 */
/* health.h -- how bad each warning of `status` is, for whoever watches by machine.
 *
 * A monitor knows an exit code and a line: 0 well, 1 warn (somebody should look today), 2 critical
 * (data cannot come in, or contradict each other), 3 unknown (no answer). A warning that the table does not
 * have, a newer node's, is a warn. The man page is made from the same table. */
#ifndef BF_HEALTH_H
#define BF_HEALTH_H

#include "client/client.h"

enum health { HEALTH_WELL = 0, HEALTH_WARN = 1, HEALTH_CRITICAL = 2, HEALTH_UNKNOWN = 3 };

const char *health_name(enum health h); /* "OK", "WARNING", "CRITICAL", "UNKNOWN" */
/* Of a fault's name. */
enum health health_of(struct bytes name);
bool health_known(struct bytes name); /* it stands in the table */
/* The names in the table of this level, separated by ", ". */
void health_list(enum health h, struct buf *out);
/* The worst of a status, and its warning; *count of all. */
enum health health_worst(struct mp_val status, struct mp_val *worst, uint32_t *count);
/* One line and the exit code. */
int health_told(struct client *c, struct mp_val status);
int health_unknown(struct client *c);

#endif
