/* SPDX-License-Identifier: Apache-2.0 */
/* damage.h -- the end of a process whose store cannot be read: one sentence, one exit code.
 *
 * A page that rots under a running daemon makes LMDB assert, or read where the file ends or the disk
 * fails (SIGBUS), or where nothing is (SIGSEGV). All of these say store_damaged in both languages
 * and end with EXIT_DAMAGED; the supervisor does not start us again (bangfud.service), for a loop of
 * restarts mends nothing and wears out the disk. Any other fault goes where it went before. */
#ifndef BF_DAMAGE_H
#define BF_DAMAGE_H

enum { EXIT_DAMAGED = 65 /* EX_DATAERR; in bangfud(8) and bangfud.service */ };

/* Before the store in `dir` is opened. */
void damage_watch(const char *dir);
/* Say it and end the process. Safe in a signal handler; without damage_watch it says less. */
_Noreturn void damage_end(void);

#endif
