/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h -- `status --format openmetrics`: OpenMetrics 1.0 text for a monitoring system.
 *
 * What is told is what `status` and `counters` answer: figures, no text of a record, no name of a
 * person, a place or a node. Labels are of closed sets (kinds, states, warnings), so that eleven
 * thousand nodes are nine series and not eleven thousand. */
#ifndef BF_METRICS_H
#define BF_METRICS_H

#include "client/client.h"

/* Ask the node and print. Returns an exit code. */
int metrics_print(struct client *c);

#endif
