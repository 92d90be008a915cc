/* SPDX-License-Identifier: Apache-2.0 */
/* seats.c -- who may stay at the local socket: the bounds of daemon/seats.h, at each and one past
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/seats.h"

enum { OWN = 900, WANG = 1001, LI = 1002, ZHAO = 1003, NOW = 1000000, ROOM = 200 };

struct fx {
	struct seats seats;
	struct seat seat[ROOM];
	unsigned used;
};

static int setup(void **state)
{
	struct fx *f = test_calloc(1, sizeof *f);

	f->seats.own = OWN;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	test_free(*state);
	return 0;
}

static struct seat *sit(struct fx *f, uid_t uid, uint64_t at_ms)
{
	struct seat *seat = &f->seat[f->used++];

	seats_join(&f->seats, seat, uid, at_ms);
	return seat;
}

/* `count` more of one user, all just come. */
static void crowd(struct fx *f, uid_t uid, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct seat *gives_way;

		assert_int_equal(seats_admit(&f->seats, uid, NOW, &gives_way), FAULT_NONE);
		assert_null(gives_way);
		(void)sit(f, uid, NOW);
	}
}

static enum fault_code admit(struct fx *f, uid_t uid, struct seat **gives_way)
{
	return seats_admit(&f->seats, uid, NOW, gives_way);
}

static void the_figures_are_those_that_were_promised(void **state)
{
	(void)state;
	assert_int_equal(SEATS_MAX, 128);
	assert_int_equal(SEATS_OWN_MAX, 127);
	assert_int_equal(SEATS_OTHERS_MAX, 126);
	assert_int_equal(SEATS_SHARE_MAX, 64);
	assert_int_equal(SEATS_GRACE_MS, 1000);
	assert_int_equal(SEATS_IDLE_MS, 300000);
	assert_int_equal(SEATS_HALF_MS, 30000);
	assert_int_equal(SEATS_USER_BYTES_MAX, 8388608);
	assert_int_equal(SEATS_USER_PEAK_MAX, 16777216);
	assert_int_equal(SEATS_ALL_PEAK_MAX, 50331648);
}

static void one_user_has_a_share_and_not_one_seat_more(void **state)
{
	struct fx *f = *state;
	struct seat *gives_way;

	crowd(f, WANG, 64);
	assert_int_equal(admit(f, WANG, &gives_way), FAULT_CLIENTS_SHARE);
	assert_int_equal(admit(f, LI, &gives_way), FAULT_NONE);
	assert_null(gives_way);
	seats_close(&f->seats, &f->seat[3]); /* its calls may go on */
	assert_int_equal(admit(f, WANG, &gives_way), FAULT_NONE);
	assert_null(gives_way);
}

static void over_the_share_the_one_that_idles_longest_gives_way(void **state)
{
	struct fx *f = *state;
	struct seat *gives_way;

	crowd(f, WANG, 64);
	f->seat[7].moved_ms = NOW - 2000;
	f->seat[9].moved_ms = NOW - 5000;
	f->seat[9].calls = 1; /* at work, however long */
	f->seat[8].moved_ms = NOW - 1999;
	(void)sit(f, LI, NOW - 9000); /* another's */
	assert_int_equal(admit(f, WANG, &gives_way), FAULT_NONE);
	assert_ptr_equal(gives_way, &f->seat[7]);
}

static void who_moved_a_moment_ago_does_not_give_way(void **state)
{
	struct fx *f = *state;
	struct seat *gives_way;

	crowd(f, WANG, 64);
	f->seat[5].moved_ms = NOW - 999;
	assert_int_equal(admit(f, WANG, &gives_way), FAULT_CLIENTS_SHARE);
	f->seat[5].moved_ms = NOW - 1000;
	assert_int_equal(admit(f, WANG, &gives_way), FAULT_NONE);
	assert_ptr_equal(gives_way, &f->seat[5]);
}

static void the_last_seats_are_kept_for_the_own_user_and_for_root(void **state)
{
	struct fx *f = *state;
	struct seat *gives_way;

	crowd(f, WANG, 63);
	crowd(f, LI, 63);
	assert_int_equal(f->seats.count, 126);
	assert_int_equal(admit(f, WANG, &gives_way), FAULT_CLIENTS_MAX);
	assert_int_equal(admit(f, ZHAO, &gives_way), FAULT_CLIENTS_MAX);
	crowd(f, OWN, 1);
	assert_int_equal(admit(f, OWN, &gives_way), FAULT_CLIENTS_MAX);
	crowd(f, 0, 1);
	assert_int_equal(admit(f, 0, &gives_way), FAULT_CLIENTS_MAX);
}

static void nobody_but_root_ever_takes_roots_seat(void **state)
{
	struct fx *f = *state;
	struct seat *gives_way;

	crowd(f, OWN, 63);
	crowd(f, WANG, 63);
	crowd(f, OWN, 1);
	assert_int_equal(f->seats.count, 127);
	assert_int_equal(admit(f, LI, &gives_way), FAULT_CLIENTS_MAX);
	assert_int_equal(admit(f, OWN, &gives_way), FAULT_CLIENTS_SHARE);
	crowd(f, 0, 1);
}

static void in_a_full_room_whoever_holds_the_most_spares_one(void **state)
{
	struct fx *f = *state;
	struct seat *gives_way;

	crowd(f, WANG, 64);
	crowd(f, LI, 62);
	for (unsigned i = 0; i < f->used; i++)
		f->seat[i].moved_ms = NOW - 3000;
	f->seat[20].moved_ms = NOW - 4000; /* Wang's */
	f->seat[70].moved_ms = NOW - 9000; /* Li's: idle longer, but Li holds less */
	assert_int_equal(admit(f, ZHAO, &gives_way), FAULT_NONE);
	assert_ptr_equal(gives_way, &f->seat[20]);
	assert_int_equal(admit(f, LI, &gives_way), FAULT_NONE); /* 62 to 64: evened out */
	assert_ptr_equal(gives_way, &f->seat[20]);
}

static void in_a_full_room_nobody_takes_from_one_who_holds_as_little(void **state)
{
	struct fx *f = *state;
	struct seat *gives_way;

	crowd(f, WANG, 63);
	crowd(f, LI, 63);
	for (unsigned i = 0; i < f->used; i++)
		f->seat[i].moved_ms = NOW - 3000;
	assert_int_equal(admit(f, LI, &gives_way), FAULT_CLIENTS_MAX);
}

static void the_operator_does_not_give_way_to_a_member(void **state)
{
	struct fx *f = *state;
	struct seat *gives_way;

	crowd(f, 0, 64);
	crowd(f, WANG, 62);
	for (unsigned i = 0; i < 64; i++)
		f->seat[i].moved_ms = NOW - 3000;
	assert_int_equal(admit(f, LI, &gives_way), FAULT_CLIENTS_MAX);
	assert_int_equal(admit(f, OWN, &gives_way), FAULT_NONE); /* there is one left for it */
}

static void an_idle_connection_stays_five_minutes(void **state)
{
	struct fx *f = *state;
	struct seat *seat = sit(f, WANG, NOW);

	assert_int_equal(seats_overdue(seat, NOW + 299999), FAULT_NONE);
	assert_int_equal(seats_overdue(seat, NOW + 300000), FAULT_CONN_IDLE);
	seat->calls = 1;
	assert_int_equal(seats_overdue(seat, NOW + 3000000), FAULT_NONE);
}

static void half_a_request_stays_half_a_minute(void **state)
{
	struct fx *f = *state;
	struct seat *seat = sit(f, WANG, NOW);

	seat->half_ms = NOW;
	seat->moved_ms = NOW + 29999; /* byte by byte is no excuse */
	assert_int_equal(seats_overdue(seat, NOW + 29999), FAULT_NONE);
	assert_int_equal(seats_overdue(seat, NOW + 30000), FAULT_CONN_HALF);
}

static void hold(struct seat *seat, size_t unread, size_t bytes)
{
	seat->unread = unread;
	seat->bytes = bytes;
}

static void over_a_users_bytes_only_those_who_hold_nothing_are_read(void **state)
{
	struct fx *f = *state;
	struct seat *a = sit(f, WANG, NOW), *b = sit(f, WANG, NOW), *c = sit(f, WANG, NOW),
		    *other = sit(f, LI, NOW);

	hold(a, 8388607, 8388607);
	hold(other, 8388608, 8388608);
	b->calls = 1;
	assert_true(seats_room(&f->seats, a));
	assert_true(seats_room(&f->seats, b));
	hold(a, 8388608, 8388608);
	assert_false(seats_room(&f->seats, a));
	assert_false(seats_room(&f->seats, b));
	assert_true(seats_room(&f->seats, c));
	seats_close(&f->seats, a); /* what its calls hold still counts */
	assert_false(seats_room(&f->seats, b));
	seats_leave(&f->seats, a);
	assert_true(seats_room(&f->seats, b));
}

static void over_a_users_peak_its_heaviest_is_closed(void **state)
{
	struct fx *f = *state;
	struct seat *a = sit(f, WANG, NOW), *b = sit(f, WANG, NOW), *gone = sit(f, WANG, NOW);

	(void)sit(f, LI, NOW);
	hold(a, 0, 6000000);
	hold(b, 0, 3777216);
	hold(gone, 0, 7000000);
	seats_close(&f->seats, gone);
	assert_null(seats_heaviest(&f->seats, WANG));
	b->bytes++;
	assert_ptr_equal(seats_heaviest(&f->seats, WANG), a); /* `gone` is closed already */
	assert_null(seats_heaviest(&f->seats, LI));
	seats_close(&f->seats, a);
	seats_close(&f->seats, b);
	assert_null(seats_heaviest(&f->seats, WANG));
}

static void over_the_peak_of_all_who_holds_the_most_pays(void **state)
{
	struct fx *f = *state;

	for (uid_t uid = 0; uid < 3; uid++)
		hold(sit(f, WANG + uid, NOW), 0, 15000000);
	hold(sit(f, LI, NOW), 0, 1000000);
	hold(sit(f, 2000, NOW), 0, 4331648);
	assert_null(seats_heaviest(&f->seats, 2000));
	f->seat[4].bytes++;
	assert_ptr_equal(seats_heaviest(&f->seats, 2000), &f->seat[1]); /* Li's larger one */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_figures_are_those_that_were_promised),
		T(one_user_has_a_share_and_not_one_seat_more),
		T(over_the_share_the_one_that_idles_longest_gives_way),
		T(who_moved_a_moment_ago_does_not_give_way),
		T(the_last_seats_are_kept_for_the_own_user_and_for_root),
		T(nobody_but_root_ever_takes_roots_seat),
		T(in_a_full_room_whoever_holds_the_most_spares_one),
		T(in_a_full_room_nobody_takes_from_one_who_holds_as_little),
		T(the_operator_does_not_give_way_to_a_member),
		T(an_idle_connection_stays_five_minutes),
		T(half_a_request_stays_half_a_minute),
		T(over_a_users_bytes_only_those_who_hold_nothing_are_read),
		T(over_a_users_peak_its_heaviest_is_closed),
		T(over_the_peak_of_all_who_holds_the_most_pays),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
