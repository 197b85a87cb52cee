/* SPDX-License-Identifier: Apache-2.0 */
/* That the workspace, which is made up, is as strict as it is said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "agent/batch/encode.h"
#include "tests/unit/series/series.h"
#include "tests/unit/ship/workspace.h"

struct fixture {
	struct sim *sim;
	struct finals *finals;
	struct encoder encoder;
	struct workspace workspace;
	unsigned int taken;
};

static void
take(void *arg, unsigned int host, unsigned int number, uint64_t value)
{
	struct fixture *f = arg;

	(void)host;
	(void)number;
	(void)value;
	f->taken++;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	f->finals = finals_new(NULL, 0);
	encoder_init(&f->encoder);
	workspace_init(&f->workspace);
	f->workspace.sim = f->sim;
	f->workspace.take = take;
	f->workspace.arg = f;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	workspace_release(&f->workspace);
	encoder_release(&f->encoder);
	finals_free(f->finals);
	sim_free(f->sim);
	free(f);
	return 0;
}

/* The status of a request to ${url} with one sample so many ms from now. */
static int
post_to(struct fixture *f, const char *url, const char *labels, int64_t ahead)
{
	struct http_request request = { .url = url };
	uint8_t *body;
	int status;

	assert_int_equal(
	    encoder_add(&f->encoder, series_take(f->finals, labels),
		clock_wall(sim_clock(f->sim)) + ahead, 0),
	    0);
	assert_int_equal(
	    encoder_finish(&f->encoder, &body, &request.body_len), 0);
	request.body = body;
	status = workspace_answer(&f->workspace, &request).status;
	free(body);
	return status;
}

static int
post(struct fixture *f, const char *labels, int64_t ahead)
{
	return post_to(f, WORKSPACE_URL, labels, ahead);
}

static void
what_is_within_its_window_is_taken_and_all_else_dropped(void **state)
{
	struct fixture *f = *state;
	const uint64_t *dropped = f->workspace.dropped;

	assert_int_equal(post(f, "a=1", -WORKSPACE_WINDOW), 200);
	assert_int_equal(post(f, "a=1", WORKSPACE_WINDOW), 200);
	assert_int_equal(f->taken, 2);
	assert_int_equal(post(f, "a=2", -WORKSPACE_WINDOW - 1), 200);
	assert_int_equal(post(f, "a=2", WORKSPACE_WINDOW + 1), 200);
	assert_int_equal(f->taken, 2);
	assert_int_equal(dropped[WORKSPACE_OLD], 1);
	assert_int_equal(dropped[WORKSPACE_FUTURE], 1);
	assert_int_equal(workspace_dropped(&f->workspace), 2);
}

static void
series_are_one_whatever_the_case_and_in_order(void **state)
{
	struct fixture *f = *state;
	const uint64_t *dropped = f->workspace.dropped;

	assert_int_equal(post(f, "a=Up", 0), 200);
	assert_int_equal(post(f, "A=up", 0), 422);
	assert_int_equal(post(f, "a=up", -1), 200);
	assert_int_equal(f->taken, 1);
	assert_int_equal(dropped[WORKSPACE_DUPLICATE], 1);
	assert_int_equal(dropped[WORKSPACE_OUT_OF_ORDER], 1);
	assert_int_equal(post(f, "A=up,a=up", 0), 200);
	assert_int_equal(dropped[WORKSPACE_BAD_INPUT], 1);
}

static void
only_its_rule_and_its_role_are_let_in(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(post_to(f, "https://h/write", "a=1", 0), 404);
	assert_int_equal(post_to(f, WORKSPACE_URL "x", "a=1", 0), 404);
	f->workspace.forbidden = sim_now(f->sim) + 1;
	assert_int_equal(post(f, "a=1", 0), 403);
	(void)sim_run(f->sim, 1);
	assert_int_equal(post(f, "a=1", 0), 200);
}

static void
a_minute_has_a_quota(void **state)
{
	struct fixture *f = *state;

	f->workspace.requests_max = 2;
	assert_int_equal(post(f, "a=1", 0), 200);
	assert_int_equal(post(f, "a=2", 0), 200);
	assert_int_equal(post(f, "a=3", 0), 429);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(post(f, "a=3", 0), 200);
	f->workspace.samples_max = 1;
	assert_int_equal(post(f, "a=4", 0), 429);
	assert_int_equal(f->taken, 3);
	assert_int_equal(workspace_peak(&f->workspace, 0, 1), 3);
	assert_int_equal(workspace_peak(&f->workspace, 60, 10), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_within_its_window_is_taken_and_all_else_dropped),
		TEST(series_are_one_whatever_the_case_and_in_order),
		TEST(only_its_rule_and_its_role_are_let_in),
		TEST(a_minute_has_a_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
