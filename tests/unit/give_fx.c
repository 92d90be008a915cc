/* SPDX-License-Identifier: Apache-2.0 */
/* give_fx.c -- see give_fx.h. */
#include "give_fx.h"

int setup(void **state)
{
	struct fx *f = calloc(1, sizeof *f);

	if (f == NULL)
		return -1;
	world_log_init(&f->log, 1, 1);
	world_log_fill(&f->log, 40, 50);
	world_hub_init(&f->hub, 200, &f->log);
	f->start = world_give_start(&f->log, &f->hub);
	*state = f;
	return 0;
}

int teardown(void **state)
{
	struct fx *f = *state;

	give_close(f->g);
	world_log_fini(&f->log);
	world_hub_fini(&f->hub);
	buf_fini(&f->frame);
	buf_fini(&f->sent);
	mp_doc_fini(&f->doc);
	free(f);
	return 0;
}

enum wish run(struct fx *f, struct event in)
{
	buf_clear(&f->sent);
	for (;;) {
		enum wish wish = give_step(f->g, &in, &f->w);

		in = (struct event){ .type = EVENT_GO };
		switch (wish) {
		case WISH_SEND:
			buf_put_bytes(&f->sent, f->w.bytes);
			break;
		case WISH_KEEP:
			f->kept = f->w.checkpoint;
			f->kept_rewound = f->w.rewound;
			f->keeps++;
			break;
		case WISH_LOAD:
			f->loads++;
			in.type = EVENT_LOADED;
			in.loaded =
			    world_log_run(&f->log, f->w.first, f->w.limit_count, f->w.limit_bytes);
			break;
		case WISH_WAIT:
		case WISH_DONE:
		case WISH_FAIL:
			return wish;
		case WISH_HELD:
		case WISH_STORE:
			fail_msg("give wished %s", wish_name(wish));
		}
	}
}

enum wish go(struct fx *f)
{
	f->g = give_open(&f->start);
	assert_non_null(f->g);
	return run(f, (struct event){ .type = EVENT_GO });
}

enum wish say(struct fx *f, const struct message *m)
{
	return run(f, world_frame(&f->frame, m));
}

struct message welcome(struct fx *f)
{
	return (struct message){ .type = MESSAGE_WELCOME,
				 .welcome = { .version = 1,
					      .now_ms = 5,
					      .window = BATCH_WINDOW,
					      .next_s = 77,
					      .checkpoint = world_hub_checkpoint(&f->hub) } };
}

struct message stored(struct fx *f)
{
	return (struct message){ .type = MESSAGE_STORED,
				 .stored = { .ordinal = f->hub.order_length,
					     .checkpoint = world_hub_checkpoint(&f->hub) } };
}

void hub_holds(struct fx *f, uint64_t seq)
{
	uint64_t ordinal;
	struct run all = world_log_run(&f->log, f->hub.seq + 1, seq - f->hub.seq, SIZE_MAX);

	assert_int_equal(world_hub_store(&f->hub, &all, &ordinal), 0);
	assert_int_equal(f->hub.seq, seq);
}

void knows(struct fx *f)
{
	f->start.cursor = f->start.seen = world_hub_checkpoint(&f->hub);
}

unsigned sent_of(struct fx *f, enum message_type type)
{
	return world_count(buf_bytes(&f->sent), &f->doc, type);
}

void ended(struct fx *f, enum wish wish, enum fault_code code)
{
	assert_int_equal(wish, WISH_FAIL);
	assert_string_equal(fault_name(f->w.fault.code), fault_name(code));
	assert_string_equal(give_state(f->g), "OVER");
	/* Over is over, whatever comes. */
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_FAIL);
	assert_int_equal(f->sent.len, 0);
}

void feed(struct fx *f)
{
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	assert_int_equal(sent_of(f, MESSAGE_BATCH), 1);
	f->keeps = 0;
}
