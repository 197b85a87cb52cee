/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects that are followed, and those that hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/config/azuread.h"
#include "tests/unit/send/sending.h"

static int
set_up(void **state)
{
	*state = sending_new();
	return 0;
}

static int
tear_down(void **state)
{
	sending_free(*state);
	return 0;
}

static int status;
static const char *target;

/* Whoever asks at /write is sent away. */
static struct sim_answer
send_away(struct sending *f, const struct seen *seen)
{
	struct sim_answer answer = SENDING_OK;

	(void)f;
	if (strstr(seen->url, "/write") != NULL) {
		answer.status = status;
		answer.location = target;
	}
	return answer;
}

static void
start(struct sending *f, int with, const char *where)
{
	status = with;
	target = where;
	f->judge = send_away;
	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 3);
	sender_fly(f->sender);
}

static void
each_that_keeps_the_method_is_followed(void **state)
{
	static const int statuses[] = { 301, 302, 307, 308 };
	struct sending *f = *state;
	size_t i;

	for (i = 0; i < 4; i++) {
		f->seen_len = 0;
		start(f, statuses[i], "http://other/there");
		(void)sim_run(f->sim, CLOCK_SEC);
		assert_int_equal(f->range.unsettled, 0);
		assert_int_equal(f->seen_len, 2);
		assert_string_equal(f->seen[1].url, "http://other/there");
		assert_int_equal(f->seen[1].samples, 3);
		assert_string_equal(f->seen[1].retry, "");
		sender_free(f->sender);
	}
	f->sender = NULL;
	/* An attempt is one, wherever it leads. */
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 12);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 0);
}

static void
the_next_batch_asks_at_the_first_place_again(void **state)
{
	struct sending *f = *state;

	start(f, 307, "/there");
	(void)sim_run(f->sim, CLOCK_SEC);
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 4);
	assert_string_equal(f->seen[2].url, "http://receiver/write");
	assert_string_equal(f->seen[3].url, "http://receiver/there");
}

static void
a_circle_is_left_after_three_and_held(void **state)
{
	struct sending *f = *state;

	start(f, 308, "/write");
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 4);
	assert_int_equal(f->range.unsettled, 1);
	(void)sim_run(f->sim, 600 * CLOCK_SEC);
	assert_in_range(f->seen_len, 4 * 10, 4 * 20);
	assert_int_equal(f->range.unsettled, 1);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
}

static void
credentials_go_nowhere_else(void **state)
{
	static char key[] = "Authorization", value[] = "Bearer secret";
	static struct config_header header = { key, value };
	struct sending *f = *state;

	f->remote.headers = &header;
	f->remote.headers_len = 1;
	start(f, 307, "http://other/there");
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	assert_int_equal(f->range.unsettled, 1);
	target = "http://receiver/there";
	(void)sim_run(f->sim, 3 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
}

static void
what_asks_for_another_method_is_held(void **state)
{
	struct sending *f = *state;

	start(f, 303, "/there");
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	assert_int_equal(f->range.unsettled, 1);
}

static void
none_is_followed_where_the_configuration_says_so(void **state)
{
	struct sending *f = *state;

	f->remote.follow_redirects = false;
	start(f, 307, "/there");
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	assert_int_equal(f->range.unsettled, 1);
}

static void
nor_is_one_of_a_workspace(void **state)
{
	struct config_azuread azuread = { .method = AZUREAD_MANAGED_IDENTITY };
	struct sending *f = *state;

	f->remote.azuread = &azuread;
	start(f, 307, "/there");
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	assert_int_equal(f->range.unsettled, 1);
	sender_free(f->sender);
	f->sender = NULL;
	f->remote.azuread = NULL;
}

static void
what_fails_at_the_target_begins_anew(void **state)
{
	struct sending *f = *state;

	start(f, 307, "/there");
	sim_starve(f->sim, 1);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	assert_int_equal(f->seen_len, 3);
	assert_string_equal(f->seen[1].url, "http://receiver/write");
	assert_string_equal(f->seen[2].url, "http://receiver/there");
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 3);
}

static void
freeing_it_at_the_target_leaves_nothing(void **state)
{
	struct sending *f = *state;

	start(f, 307, "/there");
	(void)sim_run(f->sim, 1500);
	assert_int_equal(f->seen_len, 2);
	sender_free(f->sender);
	f->sender = NULL;
	assert_int_equal(sim_flying(f->sim), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(each_that_keeps_the_method_is_followed),
		TEST(the_next_batch_asks_at_the_first_place_again),
		TEST(a_circle_is_left_after_three_and_held),
		TEST(credentials_go_nowhere_else),
		TEST(what_asks_for_another_method_is_held),
		TEST(none_is_followed_where_the_configuration_says_so),
		TEST(nor_is_one_of_a_workspace),
		TEST(what_fails_at_the_target_begins_anew),
		TEST(freeing_it_at_the_target_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
