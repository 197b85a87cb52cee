/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/agent/harbour.h"

static int
set_up(void **state)
{
	*state = harbour_new();
	return 0;
}

static int
tear_down(void **state)
{
	harbour_free(*state);
	return 0;
}

/* Its request is on the wire when the other is changed. */
static void
what_is_unchanged_goes_on_untouched(void **state)
{
	struct harbour *f = *state;
	struct port *a = &f->ports[0], *b = &f->ports[1];

	harbour_expect_changes(
	    harbour_apply(f, HARBOUR_TWO("")), 0, 0, 0, 2, 0);
	a->answer.latency = b->answer.latency = 20 * CLOCK_SEC;
	harbour_live(f, 3);
	assert_int_equal(a->requests, 1);
	assert_int_equal(b->requests, 1);
	harbour_expect_changes(
	    harbour_apply(f, HARBOUR_TWO(", headers: {X-Test: new}")), 1, 1, 0,
	    0, 0);
	assert_int_equal(sim_flying(f->sim), 1);
	(void)sim_run(f->sim, 0);
	assert_int_equal(a->requests, 1);
	assert_int_equal(b->requests, 2);
	assert_string_equal(b->header, "new");
	harbour_settle(f);
	harbour_expect_all(f, 0);
	harbour_expect_all(f, 1);
	assert_int_equal(a->again, 0);
	/* Only what was on the wire came twice. */
	assert_int_equal(b->again, HARBOUR_SERIES);
}

/* The more is read at once, the fewer wake-ups; but none shall wait for it. */
static void
the_log_may_grow_for_a_fifth_of_the_shortest_deadline(void **state)
{
#define DEADLINES(a_, b_) \
	"remote_write:\n" \
	"- {name: a, url: 'http://r0/w', queue_config: " \
	"{batch_send_deadline: " a_ "}}\n" \
	"- {name: b, url: 'http://r1/w', queue_config: " \
	"{batch_send_deadline: " b_ "}}\n"
	struct harbour *f = *state;

	(void)harbour_apply(f, DEADLINES("5s", "2s"));
	assert_int_equal(fleet_poke(f->fleet), 400 * CLOCK_MSEC);
	(void)harbour_apply(f, DEADLINES("10ms", "2s"));
	assert_int_equal(fleet_poke(f->fleet), FLEET_REST_MIN);
	(void)harbour_apply(f, DEADLINES("1m", "5s"));
	assert_int_equal(fleet_poke(f->fleet), FLEET_REST_MAX);
}

static void
other_keys_touch_nobody(void **state)
{
	struct harbour *f = *state;

	(void)harbour_apply(f, HARBOUR_TWO(""));
	harbour_expect_changes(
	    harbour_apply(f,
		"log: {level: error}\nweb: {listen_address: ''}\n"
		"# A comment, another order and another style.\n"
		"remote_write:\n"
		"- url: 'http://r0/w'\n"
		"  queue_config:\n"
		"    batch_send_deadline: 500ms\n"
		"  name: a\n"
		"- {name: b, url: 'http://r1/w', " HARBOUR_QUICK "}\n"),
	    2, 0, 0, 0, 0);
}

/* Of all destinations together; and an edit of them renews none. */
static void
limits_go_for_all_and_can_be_edited(void **state)
{
	struct harbour *f = *state;
	unsigned int i;
	char number[16];

	(void)harbour_apply(f, "limits: {max_series: 15}\n" HARBOUR_TWO(""));
	harbour_live(f, 1);
	harbour_settle(f);
	assert_int_equal(harbour_exposed(f, "walship_series{"), 2);
	assert_int_equal(harbour_exposed(f,
			     "walship_series{remote_name=\"a\","
			     "url=\"http://r0/w\"} 15\n"),
	    1);
	assert_int_equal(harbour_exposed(f,
			     "walship_series_over_limit{remote_name=\"a\","
			     "url=\"http://r0/w\"} 5\n"),
	    1);
	assert_int_equal(harbour_exposed(f,
			     "walship_series_over_limit{remote_name=\"b\","
			     "url=\"http://r1/w\"} 5\n"),
	    1);
	assert_int_equal(
	    harbour_exposed(f, "walship_series_memory_bytes 0"), 0);
	harbour_expect_changes(
	    harbour_apply(f, HARBOUR_TWO("")), 2, 0, 0, 0, 0);
	/* The log gives the series again, as after a checkpoint. */
	for (i = 0; i < HARBOUR_SERIES; i++) {
		(void)snprintf(number, sizeof(number), "%u", i);
		writer_series(
		    &f->writer, 1 + i, "__name__", "up", "s", number, NULL);
	}
	fleet_poke(f->fleet);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(harbour_exposed(f,
			     "walship_series_over_limit{remote_name=\"a\","
			     "url=\"http://r0/w\"} 0\n"),
	    1);
}

/* What a receiver was paused or held for may be what was mended. */
static void
who_is_held_is_tried_at_once(void **state)
{
	struct harbour *f = *state;
	struct port *b = &f->ports[1];
	uint64_t before;

	(void)harbour_apply(f, HARBOUR_TWO(", headers: {X-Test: wrong}"));
	b->answer.status = 401;
	harbour_live(f, 300);
	before = b->requests;
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(b->requests, before);
	b->answer.status = 200;
	(void)harbour_apply(f, HARBOUR_TWO(", headers: {X-Test: right}"));
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_true(b->requests > before);
	harbour_settle(f);
	harbour_expect_all(f, 1);
}

/* A configuration of ${len} entries, from receiver ${first} on. */
static char *
many(unsigned int first, unsigned int len)
{
	char *text = calloc(len + 1, 128);
	unsigned int i;
	size_t n;

	assert_non_null(text);
	n = (size_t)sprintf(text, "remote_write:\n");
	for (i = first; i < first + len; i++)
		n += (size_t)sprintf(text + n,
		    "- {name: n%u, url: 'http://r%u/w', " HARBOUR_QUICK "}\n",
		    i, i);
	return text;
}

static void
as_many_as_there_can_be_give_way_to_as_many(void **state)
{
	struct harbour *f = *state;
	char *old = many(0, CONFIG_REMOTES_MAX);
	char *new = many(CONFIG_REMOTES_MAX, CONFIG_REMOTES_MAX);
	unsigned int i;

	harbour_expect_changes(harbour_apply(f, "%s", old), 0, 0, 0, 64, 0);
	harbour_live(f, 3);
	harbour_expect_changes(harbour_apply(f, "%s", new), 0, 0, 0, 64, 64);
	harbour_live(f, 3);
	harbour_expect_changes(harbour_apply(f, "%s", old), 0, 0, 0, 64, 64);
	harbour_live(f, 3);
	harbour_settle(f);
	for (i = 0; i < CONFIG_REMOTES_MAX; i++) {
		harbour_expect_all(f, i);
		assert_int_equal(f->ports[i].again, 0);
	}
	free(old);
	free(new);
}

static void
it_stops_with_those_there_are(void **state)
{
	struct harbour *f = *state;

	(void)harbour_apply(f, HARBOUR_TWO(""));
	harbour_live(f, 3);
	(void)harbour_apply(f,
	    "remote_write: [{name: a, url: 'http://r0/w', " HARBOUR_QUICK
	    "}]\n");
	harbour_live(f, 3);
	fleet_stop(f->fleet);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	assert_int_equal(f->drained, 0); /* The series are kept first. */
	lazy_work(&f->lazy);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->drained, 1);
	harbour_expect_all(f, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_unchanged_goes_on_untouched),
		TEST(the_log_may_grow_for_a_fifth_of_the_shortest_deadline),
		TEST(other_keys_touch_nobody),
		TEST(limits_go_for_all_and_can_be_edited),
		TEST(who_is_held_is_tried_at_once),
		TEST(as_many_as_there_can_be_give_way_to_as_many),
		TEST(it_stops_with_those_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
