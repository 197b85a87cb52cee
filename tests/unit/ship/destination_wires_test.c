/* SPDX-License-Identifier: Apache-2.0 */
/* What a destination is given reaches the parts that it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/intake/intake.h"
#include "agent/send/sender.h"
#include "tests/unit/ship/whole.h"

#define HOST 77u

static uint32_t host;   /* Of the last sender. */
static int64_t skipped; /* Reading skips what is older than that. */

struct sender *__real_sender_new(const struct sender_options *options);
struct sender *__wrap_sender_new(const struct sender_options *options);
void __real_intake_skip(struct intake *intake, int64_t before);
void __wrap_intake_skip(struct intake *intake, int64_t before);

struct sender *
__wrap_sender_new(const struct sender_options *options)
{
	host = options->host;
	return __real_sender_new(options);
}

void
__wrap_intake_skip(struct intake *intake, int64_t before)
{
	skipped = before;
	__real_intake_skip(intake, before);
}

static int
set_up(void **state)
{
	struct whole *whole = whole_new();

	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	host = 0;
	skipped = INT64_MIN;
	whole->host = HOST;
	*state = whole;
	return 0;
}

static int
tear_down(void **state)
{
	whole_free(*state);
	return 0;
}

static void
the_sender_is_told_the_hosts_number(void **state)
{
	struct whole *whole = *state;

	whole_start(whole);
	assert_int_equal(host, HOST);
	whole_end(whole, true);
}

static void
what_a_destination_takes_is_counted_in_the_room(void **state)
{
	struct whole *whole = *state;
	struct room room = { .sets = whole->sets };

	whole->room = &room;
	whole_start(whole);
	(void)whole_live(whole, 2);
	assert_true(room_bytes(&room) > labelsets_bytes(whole->sets));
	whole_end(whole, true);
	assert_null(room.guests);
}

/* Not only what was read already. */
static void
reading_skips_what_max_lag_leaves_out(void **state)
{
	struct whole *whole = *state;

	whole->remote.max_lag = 60 * CLOCK_SEC;
	whole->answer.status = 429;
	whole_start(whole);
	(void)whole_live(whole, 5);
	assert_true(skipped == INT64_MIN);
	(void)whole_live(whole, 60);
	assert_true(skipped > INT64_MIN);
	whole_end(whole, true);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(the_sender_is_told_the_hosts_number),
		TEST(what_a_destination_takes_is_counted_in_the_room),
		TEST(reading_skips_what_max_lag_leaves_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
