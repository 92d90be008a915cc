/* SPDX-License-Identifier: Apache-2.0 */
/* config.h -- the settings: one table of keys, defaults that need no editing at a station.
 *
 * File `bangfud.conf` (ini, UTF-8) in the node's directory or given with --config; an unknown key, a bad value or a key twice is
 * refused with line and hint. The table (config.c) drives parsing, defaults, `bangfud --help` and docs. */
#ifndef BF_CONFIG_H
#define BF_CONFIG_H

#include "protocol/fault.h"
#include "protocol/message.h"
#include "protocol/near.h"

enum household_numbers { HOUSEHOLD_DEFAULT, HOUSEHOLD_ANY }; /* record.h: the form of new ones */

enum node_part { PART_STATION = 1, PART_HUB = 2 };

struct config {
	char dir[4000];
	char socket[108];          /* default: DIR/bangfu.sock */
	char socket_group[64];     /* whose members may use the socket; "" none */
	int role;                  /* station | hub */
	char name[NAME_BYTES_MAX]; /* default: the machine's */
	uint64_t division;         /* hub: its province; station: learnt at enrolment */
	char listen_host[128];     /* hub: 0.0.0.0 */
	uint16_t listen_port;      /* hub: 7450; 0 lets the system choose (status tells) */
	char advertise[160];       /* hub: host[:port] put into tokens; default: the machine's name */
	int household_number;      /* HOUSEHOLD_DEFAULT: digits as in the national register; HOUSEHOLD_ANY: one word */
	uint32_t sync_hour_from, sync_hour_to; /* station: nightly window, local hours; default 21-23 */
	uint32_t sync_every_s;     /* station: 0 = nightly; else every so many seconds */
	uint32_t sessions_max;     /* hub: 1000 */
	uint64_t journal_mib;
	uint64_t free_mib_min;
	uint64_t map_mib;          /* address space for the store: how large it can grow */
	char lang;                 /* log language is English always; 'z' or 'e' for refusals to peers */
	int log_level;
	bool isolated; /* no setting: a hub that was restored listens on this machine alone (restored.h) */
};

void config_default(struct config *c);
bool config_known(const char *key);
void config_near(struct near *n); /* tries every key */
/* Later calls win. `key` as in the file. Fault with where = "file:line" or "--key". */
int config_set(struct config *c, const char *key, const char *value, const char *where, struct fault *f);
int config_load(struct config *c, const char *path, struct fault *f);
/* What must fit together: a hub needs a division, the socket path fits, the directory is given. */
int config_check(struct config *c, struct fault *f);
/* One line per key: key, default, meaning (zh, en). For --help and docs. */
void config_print_help(void);

#endif
