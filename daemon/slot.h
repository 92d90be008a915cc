/* SPDX-License-Identifier: Apache-2.0 */
/* slot.h -- when a node's turn is: one second of the nightly window, drawn from its origin.
 *
 * Hub and station compute the same, so that eleven thousand nodes spread over the window by
 * themselves and the hub can tell each when it expects it. Civil time is China's (UTC+8), as
 * everywhere (calendar.h). Pure. */
#ifndef BF_SLOT_H
#define BF_SLOT_H

#include <stdint.h>

/* Milliseconds from `now_ms` to the next slot: > 0, at most 24 h. Hours as in config: 0 <= from <
 * to <= 24. */
int64_t slot_wait_ms(uint64_t origin, uint32_t hour_from, uint32_t hour_to, int64_t now_ms);

#endif
