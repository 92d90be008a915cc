/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h -- the wall around libsystemd: tell the supervisor how we are. Without one, nothing
 * happens. */
#ifndef BF_NOTIFY_H
#define BF_NOTIFY_H

#include <stdint.h>

void notify_ready(const char *status);
void notify_stopping(void);
void notify_alive(void);
/* Starting takes longer, and is getting on: so much more from now. */
void notify_slow(unsigned seconds);
/* How often notify_alive is wanted, in ms; 0 never. */
uint64_t notify_every_ms(void);

#endif
