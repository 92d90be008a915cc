/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c -- see notify.h. What libsystemd answers is not looked at: a supervisor that cannot be
 * told restarts us, and that is its business. */
#include "daemon/notify.h"

#include <systemd/sd-daemon.h>

void notify_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void notify_slow(unsigned seconds)
{
	(void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%llu", (unsigned long long)seconds * 1000000);
}

void notify_alive(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

uint64_t notify_every_ms(void)
{
	uint64_t us = 0;
	if (sd_watchdog_enabled(0, &us) <= 0)
		return 0;
	return us / 1000 / 3; /* three chances within the supervisor's patience */
}
