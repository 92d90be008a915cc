/* SPDX-License-Identifier: Apache-2.0 */
/* world.h -- one simulated history: a hub, its stations, the cables between them, and one heap of
 * things to happen.
 *
 * The machines (give, take) and the stores (journal, LMDB) are the product's own; time, network,
 * power and disk faults are the world's. Everything follows from the seed: the same seed is the
 * same history. What the product promised is written down beside it (struct log: what was synced,
 * what was told) from what the world itself fed in, never from what the product says of itself.
 * Thread: one. Memory: a world is opened and closed whole; nothing outlives it but its directory's
 * files, which world_close removes. Times are virtual milliseconds. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "protocol/errors.h"
#include "protocol/give.h"
#include "protocol/take.h"
#include "storage/peer.h"
#include "storage/store.h"
#include "storage/view.h"
#include "tests/lib/rng.h"
#include "tests/sim/cover.h"
#include "tests/sim/disk.h"

enum {
	STATIONS_MIN = 2,
	STATIONS_MAX = 8,
	NODES_MAX = STATIONS_MAX + 1, /* node 0 is the hub */
	CABLES_MAX = 48,
	CABLES_OF_ONE_MAX = 3, /* sessions of one station at once */
	DIR_BYTES_MAX = 160,
	WORLD_STEPS_MAX = 200000, /* a history that needs more does not end */
};

/* Classes of faults; a seed enables a subset of them (swarm testing). */
enum chaos {
	CHAOS_CUT,          /* the connection goes after k bytes, any k */
	CHAOS_ACK_LOST,     /* it goes between the hub's store and its acknowledgement */
	CHAOS_OVERLAP,      /* several sessions of one node at once */
	CHAOS_SLOW,         /* stalls, small chunks */
	CHAOS_STALE,        /* bytes of a session given up long ago arrive after all */
	CHAOS_CRASH,        /* processes die at any store step */
	CHAOS_TORN,         /* and the power goes: unsynced journal bytes are damaged */
	CHAOS_CLOCK,        /* wall clocks wrong by years, jumping */
	CHAOS_HUB_AWAY,     /* the hub is down for hours */
	CHAOS_DISK_FULL,    /* no room for a while */
	CHAOS_DUPLICATE,    /* the hub stores a batch twice */
	CHAOS_TAMPER,       /* someone alters what is sent */
	CHAOS_HUB_LOST,     /* the hub's disk is gone: a new store, a new epoch */
	CHAOS_HUB_RESTORED, /* the hub's disk is an older copy of itself; its operator says so,
			       late, or never */
	CHAOS_COUNT
};

struct fact;

/* What is true of one node's log, as the world knows it. */
struct log {
	uint64_t origin;
	struct fact **facts; /* facts[seq - 1], staged ones included */
	uint64_t count, cap;
	uint64_t synced;     /* store_sync has returned: must survive anything (I1) */
	uint64_t hub_synced; /* the same at the hub, in its present epoch (I1) */
	uint64_t hub_seen;   /* compared byte for byte at the hub (I3) */
	uint64_t own_seen;   /* and at its own node */
};

enum errand_sort { ERRAND_SAVE, ERRAND_KEEP, ERRAND_DIAL, ERRAND_HELD, ERRAND_STORE };

/* What a session wished to be kept of the hub, and what the world knows of it. */
struct keeping {
	struct checkpoint checkpoint;
	bool rewound; /* the hub has gone back: as wished, and found to be true */
};

/* One job of a node's writer, as the daemon queues them. */
struct errand {
	enum errand_sort sort;
	int rc;
	bool spare; /* nobody waits for its answer (CHAOS_DUPLICATE) */
	int cable;
	uint32_t cable_life;
	struct fact *fact;
	struct keeping keeping;
	uint8_t *bytes;
	struct run run;
	struct accepted got;
	struct errand *next;
};

struct errands {
	struct errand *first, *last;
	size_t count;
};

struct node {
	int index;
	bool hub, up, waking, lazy;
	bool fresh;    /* its disk is new: create, not open */
	uint32_t life; /* counts process starts: events of an earlier life are void */
	char dir[DIR_BYTES_MAX];
	struct key_pair key;
	uint32_t incarnation;
	uint64_t origin, division, epoch;
	struct store *store;
	struct disk disk;
	uint64_t rounds; /* of its journal, as counted */
	struct log log;
	int64_t skew_ms;
	struct errands todo, done;
	/* Station: what it has kept of the hub (G4, P1, P2), and what it was about to. */
	struct checkpoint cursor, seen;
	int64_t rewound_ms;
	struct keeping writing;
	bool is_writing;
	bool declare;          /* hub: its operator will say that it was restored */
	uint64_t draw;         /* and this is the epoch that was last drawn for it */
	uint64_t order_length; /* hub: never shorter */
	struct hash order_hash;
};

enum side { STATION_SIDE, HUB_SIDE };

struct stream {            /* one direction of a cable */
	struct buf flying; /* sent, not arrived */
	struct buf got;    /* arrived, not read */
	bool scheduled, closing, closed;
};

struct cable {
	bool used;
	uint32_t life; /* counts uses of this slot */
	int station;
	struct give *give; /* NULL when that end is gone */
	struct take *take;
	struct stream up, down;
	int64_t cut_after; /* bytes to go until it is cut; -1 never */
	uint32_t chunk;    /* most bytes that arrive at once */
	int64_t delay_ms;
	struct checkpoint seen; /* of the station when it dialled: HELLO shows it */
	bool knew, back;      /* it knew then that the hub had gone back; or it has seen it since */
	uint64_t synced_said; /* newest seq the hub has acknowledged on it */
};

enum happening {
	HAPPEN_SAVE,   /* someone at a node records something */
	HAPPEN_WAKE,   /* a writer takes its queue */
	HAPPEN_DONE,   /* its answers reach the loop */
	HAPPEN_APPLY,  /* it is idle: indexes */
	HAPPEN_DIAL,   /* a station's turn to sync */
	HAPPEN_ARRIVE, /* bytes come out of a stream; arg: side that reads */
	HAPPEN_GONE,   /* one end of a cable notices that it is dead; arg: side */
	HAPPEN_CRASH,  /* a process dies while idle; arg 2: with its disk, 3: to be told that it was
			  restored */
	HAPPEN_START,  /* and is started */
	HAPPEN_CLOCK,  /* a wall clock jumps */
	HAPPEN_DISK,   /* arg 1: full, 2: soon, under a write, 0: room again */
	HAPPEN_COPY,   /* a backup of the hub is taken */
	HAPPEN_HEAL,   /* from here on nothing fails any more */
	HAPPEN_SORTS
};

struct plan { /* an entry of the heap, ordered by (at, order) */
	int64_t at;
	uint64_t order;
	enum happening what;
	int node, cable;
	uint32_t life;
	int64_t arg;
};

struct world {
	uint64_t seed;
	struct rng rng;   /* what happens */
	struct rng facts; /* what is recorded */
	char dir[DIR_BYTES_MAX];
	bool verbose, healed;
	uint32_t chaos; /* bit set of enum chaos */
	int64_t now, heal_at, bound_at;
	uint64_t step, order;
	struct plan *heap;
	size_t heap_len, heap_cap;
	struct node node[NODES_MAX];
	int nodes;
	bool fat; /* long texts: batches, windows and the journal fill up */
	struct cable cable[CABLES_MAX];
	uint64_t backup_seq[NODES_MAX], backup_own,
	    backup_length; /* hub_synced at the time of the copy */
	struct hash backup_hash;
	bool backup;            /* a copy was taken */
	uint64_t rewound_epoch; /* it was restored in this epoch; 0 never */
	uint64_t trace;         /* hash of everything observed: equal for equal seeds */
	struct cover *cover;
	struct report *report;
};

/* Where a failing history says so before its process ends. Shared with the parent. */
struct report {
	uint64_t seed, step;
	bool failed;
	char invariant[16];
	char text[320];
};

int world_open(struct world *w, uint64_t seed, const char *dir);
/* Run to the end: chaos, healing, agreement. Never returns when an invariant breaks. */
void world_run(struct world *w);
void world_close(struct world *w);

/* ---- for the parts of the world ---- */
bool world_has(const struct world *w, enum chaos c); /* enabled, and not yet healed */
bool world_strikes(struct world *w, enum chaos c, uint32_t per_mille);
void world_plan(struct world *w, int64_t after_ms, enum happening what, int node, int cable,
		int64_t arg);
int64_t world_clock(const struct world *w, const struct node *n); /* that node's wall clock */
void world_mix(struct world *w, uint64_t x);
/* Add a line to the trace: hashed always, printed when verbose. */
void world_say(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An invariant is broken: report and end the process. */
_Noreturn void world_broken(struct world *w, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* node.c: a process's life, its writer */
void node_create(struct world *w, struct node *n);
void node_start(struct world *w, struct node *n);
void node_crash(struct world *w, struct node *n, const char *where);
void node_put(struct world *w, struct node *n, struct errand *e);
void node_wake(struct world *w, struct node *n);
void node_done(struct world *w, struct node *n);
bool node_apply(struct world *w, struct node *n, bool all); /* false: it died of it */
void node_save(struct world *w, struct node *n);
void node_copy(struct world *w, struct node *n);

/* cable.c: bytes between two nodes */
struct cable *cable_open(struct world *w, int station);
void cable_send(struct world *w, struct cable *c, enum side from, struct bytes bytes);
void cable_arrive(struct world *w, struct cable *c, enum side to);
void cable_read(struct world *w, struct cable *c, enum side to);
void cable_gone(struct world *w, struct cable *c, enum side side);
void cable_end(struct world *w, struct cable *c,
	       enum side side); /* this end is finished; what it sent still flies */
void cable_cut(struct world *w, struct cable *c);
void cable_fini(struct cable *c);
int cable_index(const struct world *w, const struct cable *c);

/* session.c: obeying wishes, as the daemon does */
void session_dial(struct world *w, struct node *station);
void session_dialled(struct world *w, struct node *station);
void session_step(struct world *w, struct cable *c, enum side side, const struct event *in);
void session_held(struct world *w, const struct errand *e);
void session_stored(struct world *w, const struct errand *e);
void session_more(struct world *w, struct node *station);

/* tamper.c: someone between the two ends. Appends what is sent instead of `frames`. */
void tamper_up(struct world *w, struct cable *c, struct bytes frames, struct buf *out);
void tamper_down(struct world *w, struct cable *c, struct bytes frames, struct buf *out);
void tamper_done(void); /* at the end of the process */

#endif
