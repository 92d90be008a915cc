/* SPDX-License-Identifier: Apache-2.0 */
/* hub_session.h -- what the files of the listener share: the listener itself, and one session per
 * visit of a node.
 *
 * Internal to listener.c (admission, the door), hub_session.c (drives the take machine) and
 * hub_enrol.c (spends a token). A session lives until its link is closed and the writer has given
 * back its last job (S1): a job is embedded in memory that the session owns. Thread: loop only;
 * job->run on the writer touches only its own job. */
#ifndef BF_HUB_SESSION_H
#define BF_HUB_SESSION_H

#include "daemon/link.h"
#include "daemon/listener.h"
#include "protocol/take.h"

enum {
	LISTENER_SHAKING_MAX = 256, /* connections whose handshake is not done */
	LISTENER_ENROL_MAX = 16,    /* any key: waiting to say ENROL, or being enrolled */
	LISTENER_LEAVING_MAX = 128, /* told all there is to say, and not yet closed by the peer */
	LISTENER_KEY_MAX = 2,       /* sessions of one key */
	LISTENER_GRACE_MS = 1000,   /* for a handshake, before it must give way to the next */
	LISTENER_QUIET_MS = 300,    /* the same for one that has not sent a byte */
	LISTENER_ENROL_MS = 10 * 1000,
	LISTENER_ENROL_FRAME_MAX = 1024, /* ENROL has 170 bytes, and may grow */
	LISTENER_SEEN_MAX = 4096, /* sessions that ended and are not yet written to the roster */
	LISTENER_TICK_MS = 1000,
	LISTENER_RETRY_MS = 10, /* until the writer is asked again when its queue was full */
};

/* In the order in which a session may pass through them; each but the last has a bound. */
enum session_sort {
	SESSION_SHAKING, /* nobody yet: a key that was shown is not yet proved */
	SESSION_ENROL,
	SESSION_SYNC,    /* a key of the roster: what config.sessions_max counts */
	SESSION_LEAVING, /* over; its descriptor is still open */
	SESSION_GONE,    /* closed; the writer or the loop still holds something of it */
	SESSION_SORTS,
};

struct session;
struct crowd { /* the sessions of one sort, the oldest first */
	struct session *first, **last;
	uint32_t count, max;
};

struct listener {
	struct node *node;
	struct tls *tls;
	uv_tcp_t server;
	uv_timer_t tick, retry, door;
	unsigned holds; /* handles, sessions and jobs that know us */
	uint16_t port;
	bool stopping,
	    door_shut; /* door_shut: one connection waits in libuv, the rest in the kernel */
	struct crowd crowds[SESSION_SORTS];
	uint64_t told_busy; /* lately: halves every second */
	uint64_t pushed;    /* closed for others in this second */
	struct listener_counters counters;
	struct roster_visit *seen; /* LISTENER_SEEN_MAX of them */
	size_t seen_count;
	bool seen_writing;
	uint64_t seen_written; /* loop time */
	uint64_t
	    *rewound; /* origins of counters.rewound, at most ROSTER_NODES_MAX; grows by doubling */
	size_t rewound_cap;
};

struct session_job;
struct session {
	struct session *next, **at;
	struct listener *listener;
	struct link *link; /* NULL once closed */
	enum session_sort sort;
	bool over;           /* nothing more is stepped or sent */
	bool rewound;        /* its node's report is counted */
	bool unjudged;       /* the roster could not be read: let in to be told "busy" */
	struct node_row row; /* of the key that was shown, unless it is to be enrolled */
	struct take *take;
	unsigned jobs;                         /* with the writer */
	struct session_job *wait, **wait_tail; /* not yet taken by the writer */
	int64_t started_ms, clock_ms;
	uint64_t began_ms;
	struct malformed malformed; /* of the entries that it brought */
};

struct session_job { /* embedded first in what the job needs; free()d when done */
	struct job job;
	struct session *session;
	struct session_job *next;
	void (*answer)(struct session *s,
		       struct session_job *j); /* on the loop, unless the session is over */
	void (*drop)(struct session_job *j);   /* frees what it holds, not itself; may be NULL */
};

/* Accept the connection that waits at the listener's door. */
void session_open(struct listener *l);
/* Hand a job to the writer, now or as soon as it has room; the link is paused meanwhile. */
void session_put(struct session *s, struct session_job *j);
void session_retry(struct session *s);
/* Say why not, and close. */
void session_refuse(struct session *s, const struct fault *f);
/* Say when to come again, and close. */
void session_busy(struct session *s);
/* Nothing more is stepped or sent: close when what was sent is written. */
void session_leave(struct session *s);
/* The node is stopping. */
void session_stop(struct session *s);

/* hub_enrol.c: the one frame that a new node sends. */
void enrol_frame(struct session *s, struct bytes payload);

/* listener.c: what a session tells its listener. */
void listener_join(struct listener *l, struct session *s); /* as SESSION_SHAKING */
void listener_move(struct session *s, enum session_sort to);
void listener_part(struct session *s);
/* Its handshake is done: may it stay? Then it is a SESSION_SYNC or a SESSION_ENROL. */
bool listener_admit(struct session *s);
void listener_shut(struct listener *l); /* the door, until it is looked at again */
void listener_release(struct listener *l);
void listener_seen(struct listener *l, const struct roster_visit *seen);
void listener_rewound(struct listener *l,
		      uint64_t origin);        /* a node reports that we were set back */
void listener_wait(struct listener *l);        /* the writer is full: session_retry for all, soon */
uint64_t listener_crowd_s(struct listener *l); /* when one who was told BUSY may come again */

#endif
