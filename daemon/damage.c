/* SPDX-License-Identifier: Apache-2.0 */
/* damage.c -- see damage.h. */
#include "daemon/damage.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/fault.h"
#include "storage/lmdb.h"

static char sentence[2 * FAULT_TEXT_MAX + 32] = "bangfud: store_damaged\n";
static struct sigaction before_bus, before_segv;

_Noreturn void damage_end(void)
{
	if (write(STDERR_FILENO, sentence, strlen(sentence)) < 0)
		_exit(EXIT_DAMAGED); /* nobody listens; the code says it too */
	_exit(EXIT_DAMAGED);
}

/* Not the store's: as if we had never been here; the fault comes again when this returns. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	bool ours = info->si_code > 0; /* else somebody sent it */

	if (ours && lmdb_met(info->si_addr))
		damage_end();
	(void)sigaction(number, number == SIGBUS ? &before_bus : &before_segv, NULL);
	if (!ours)
		(void)raise(number);
}

void damage_watch(const char *dir)
{
	struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	struct fault f;

	(void)fault_say(&f, FAULT_STORE_DAMAGED, dir, NULL, NULL);
	(void)snprintf(sentence, sizeof sentence, "bangfud: %s\nbangfud: %s\n", f.zh, f.en);
	(void)sigemptyset(&act.sa_mask);
	(void)sigaction(SIGBUS, &act, &before_bus);
	(void)sigaction(SIGSEGV, &act, &before_segv);
	lmdb_watch(damage_end);
}
