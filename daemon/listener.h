/* SPDX-License-Identifier: Apache-2.0 */
/* listener.h -- at the hub: the TLS port, one session per node's visit.
 *
 * Admission: at most config.sessions_max sessions of known keys, two of one key; beyond, a link is told BUSY with a retry time drawn
 * to spread the crowd, and closed. Handshakes, enrolments and those that are leaving have bounds of their own (hub_session.h), so
 * that strangers take nothing from stations. We count descriptors ourselves and never let accept() meet EMFILE. Deadlines:
 * handshake 10 s, enrolment 10 s, a frame 30 s, idle 120 s,
 * whole session 30 min. Reading a link stops while its take machine is full or the writer's queue is.
 * Thread: loop only. */
#ifndef BF_LISTENER_H
#define BF_LISTENER_H

#include "daemon/node.h"

struct listener_counters {
	uint64_t accepted, refused, busy, sessions_ok, sessions_failed, enrolled;
	uint64_t entries, bytes_in, bytes_out;
	uint64_t open;    /* sessions of known keys, just now */
	uint64_t full;    /* runs refused for want of disk since the last that was stored */
	uint64_t rewound; /* nodes that reported to have seen more of our order, or another one */
};
int listener_start(struct listener **out, struct node *node, struct fault *f);
void listener_stop(struct listener *l);
uint16_t listener_port(const struct listener *l);
struct listener_counters listener_counters(const struct listener *l);
/* End the sessions of a node that was just revoked; the roster already refuses its next one. */
void listener_drop(struct listener *l, uint64_t origin);

#endif
