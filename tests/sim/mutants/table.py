"""The planted bugs: name, file, the text that must stand there exactly once, what stands there instead, why it is a bug.

A row whose text is no longer found is an error: mend the row, the bug it stands for is still possible.
"""

MUTANTS = [
    # ---- kept and acknowledged (I1, ACK) ----
    ("sync_without_fdatasync", "storage/journal.c",
     "	if (rc == 0 && fdatasync(j->fd) != 0)\n		rc = BF_EIO; /* even",
     "	if (false)\n		rc = BF_EIO; /* even",
     "told saved before it is on the disk"),
    ("replay_without_fdatasync", "storage/journal.c",
     "	if (rc == 0 && j->count > 0 && fdatasync(j->fd) != 0)",
     "	if (false)",
     "what a killed process wrote counts as held, and goes with the power"),
    ("held_says_what_is_staged", "storage/store.c",
     "(struct accepted){ .head = o->held,", "(struct accepted){ .head = o->staged,",
     "WELCOME names entries that no sync has confirmed"),
    ("acknowledged_when_received", "protocol/take.c",
     "	t->storing = true;\n}",
     "	t->storing = true;\n	struct message early = { .type = MESSAGE_STORED };\n"
     "	early.stored.checkpoint.seq = last;\n	put(t, &early);\n}",
     "STORED goes out before the store has answered"),
    ("staged_survives_a_full_disk", "storage/store.c",
     "	if (rc != 0) {\n		forget(s);", "	if (rc != 0) {",
     "told “not saved”, and saved after all"),
    ("failed_write_left_behind", "storage/journal.c",
     "return done == 0 || unwrite(j) == 0 ? BF_EFULL : BF_EIO;", "return BF_EFULL;",
     "a write that met the full disk half-way is replayed after a restart"),
    ("replay_skips_the_last_record", "storage/journal.c",
     "	j->written = j->count;\n	if (rc == 0)\n		rc = rotten",
     "	j->count -= j->count > 0;\n	j->written = j->count;\n	if (rc == 0)\n		rc = rotten",
     "the newest saved entries are lost in a crash"),
    ("cursor_without_signature", "protocol/give.c",
     "	if (!checkpoint_verify(c, &g->start.hub)) {", "	if (false) {",
     "anyone can tell a station that its entries are safe"),
    # ---- once, and in order (I2) ----
    ("applied_forgotten", "storage/apply.c",
     "	lmdb_put(t, TREE_META, META_APPLIED, bytes_of(applied, sizeof applied));\n", "	(void)applied;\n",
     "replay begins where it began before"),
    ("journal_applied_twice", "storage/journal.c",
     "	j->start = *at;\n	j->begin += n;\n	j->count -= n;\n	j->written -= n;",
     "	j->start = *at;\n	(void)n;",
     "what was applied is applied again"),
    ("overlap_cut_one_short", "storage/accept.c",
     "	while (rc == 0 && run->count > 0 && run->first <= o->staged.seq) {",
     "	while (rc == 0 && run->count > 0 && run->first < o->staged.seq) {",
     "the last entry of an overlap is new once more"),
    ("ordinal_one_behind", "storage/accept.c",
     "journal_put(s->journal, run, order->length + 1, gross)", "journal_put(s->journal, run, order->length, gross)",
     "a place in the hub's order is given twice"),
    ("older_generation_replayed", "storage/journal.c",
     "	if (be32_get(p) != JOURNAL_MAGIC || be64_get(p + 8) != generation)",
     "	(void)generation;\n	if (be32_get(p) != JOURNAL_MAGIC)",
     "records from before the journal began again count as new"),
    # ---- whole (I3) ----
    ("chain_not_compared", "protocol/take.c",
     "	if (!hash_equal(&hash, &m->head.hash)) {", "	if (false) {",
     "a changed or dropped entry passes"),
    ("signature_not_checked", "protocol/take.c",
     "	if (!head_verify(&m->head, &t->start.node)) {", "	if (false) {",
     "whoever saw a log can write its next version"),
    ("head_not_moved", "storage/apply.c",
     "	lmdb_put(t, TREE_HEAD, bytes_of(no, sizeof no), bytes_of(head, sizeof head));\n", "	(void)no;\n",
     "the head stays behind its entries"),
    # ---- functions of the entries (I4) ----
    ("tally_in_a_transaction_of_its_own", "storage/apply.c",
     None, None, "a crash between the two leaves entries that never count"),
    ("counted_twice", "storage/apply.c",
     "	tally_gather(&s->batch.tally, x, 1);\n", "	tally_gather(&s->batch.tally, x, 2);\n",
     "an entry counts twice"),
    ("void_counted_twice", "storage/apply.c",
     " || apply_voided(t, at) ||", " ||", "voiding twice takes out what was never put in"),
    ("void_of_a_stranger", "storage/apply.c",
     "	if (aim.origin != o->id || ", "	if (", "a void hits the entry of that number in another log"),
    ("void_leaves_the_tally", "storage/apply.c",
     "	tally_gather(&s->batch.tally, &s->target, -1);\n", "", "a voided entry still counts"),
    ("month_of_the_next", "storage/fold.c",
     "(uint16_t)day_month(out->day)", "(uint16_t)day_month(out->day + 1)", "the last day of a month counts in the next"),
    ("village_level_left_out", "storage/tally.c",
     "k.level <= levels;", "k.level < levels;", "the finest level has no row"),
    ("place_index_without_teams", "storage/fold.c",
     "	out->placed = true;", "	out->placed = division_level(place->u) == 5;",
     "the list behind a figure is shorter than the figure"),
    # ---- fen (I7) ----
    ("ledger_one_sided", "storage/tally.c",
     "	deltas_add(ledger, x->to, sign * x->amount, 0, sign);\n", "",
     "money leaves one account and reaches none"),
    ("void_leaves_the_ledger", "storage/apply.c",
     "	tally_gather_ledger(&s->batch.ledger, &s->target, -1);\n", "", "voided money is still owed"),
    # ---- clocks (I8) ----
    ("stamp_follows_the_clock", "protocol/calendar.c",
     "	if (now > last)\n		return now;\n	return last == UINT64_MAX ? last : last + 1;",
     "	(void)last;\n	return now;",
     "a clock set back puts an entry before its predecessor"),
    # ---- cursors and sessions ----
    ("cursor_moves_back", "storage/peer.c",
     "	return new->epoch != old->epoch ||", "	return true || new->epoch != old->epoch ||",
     "a late acknowledgement moves the cursor back"),
    ("cursor_one_behind", "storage/peer.c",
     "			p.cursor = *c;\n", "			p.cursor = *c;\n			p.cursor.seq -= p.cursor.seq > 0;\n",
     "off by one"),
    ("sends_from_the_cursor", "protocol/give.c",
     "	g->state = CHAIN;\n	if (g->at.seq == g->offered.seq)\n		base_known(g);",
     "	g->state = g->at.seq == g->offered.seq ? CHAIN : FEED;\n	if (g->at.seq == g->offered.seq)\n		base_known(g);",
     "after a lost acknowledgement the station never gets on"),
    ("window_answered_backwards", "protocol/take.c",
     "	struct pending oldest = t->pending[0];", "	struct pending oldest = t->pending[t->pending_count - 1];",
     "the newest batch takes the acknowledgement of the oldest"),
]

# Two changes in one file.
TALLY_APART = [
    ("	tally_flush(t, &b->tally);\n", ""),
    ("	if (rc == 0)\n		rc = lmdb_commit(&t);\n	lmdb_abort(&t);\n	if (rc != 0)\n		return rc;\n	settle_gross(",
     "	if (rc == 0)\n		rc = lmdb_commit(&t);\n	lmdb_abort(&t);\n	if (rc == 0)\n		rc = lmdb_begin(s->lmdb, true, &t);\n"
     "	if (rc == 0)\n		tally_flush(&t, &s->batch.tally);\n	if (rc == 0)\n		rc = lmdb_commit(&t);\n	lmdb_abort(&t);\n"
     "	if (rc != 0)\n		return rc;\n	settle_gross("),
]


def edits(row):
    """The (old, new) pairs of a row."""
    return TALLY_APART if row[2] is None else [(row[2], row[3])]
