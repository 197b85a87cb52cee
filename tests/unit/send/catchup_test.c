/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/clock.h"
#include "agent/send/catchup.h"

#define MINUTE INT64_C(60000) /* ms. */
#define WALL INT64_C(1767323045000)
#define NOW (1000 * CLOCK_SEC)

static const struct config_remote remote = {
	.catch_up = 2,
	.queue = { .sample_age_limit = 19 * 60 * CLOCK_SEC },
};

/* Read a record of ${len} samples of ${time}. */
static void
read_at(struct catchup *catchup, int64_t time, size_t len)
{
	const struct kept kept = { .time = time };

	catchup_read(
	    catchup, &(struct kept_record){ .kept = &kept, .len = len });
}

/* One that has read ten minutes of 100 samples every 10 s: 600 a minute. */
static struct catchup
informed(const struct config_remote *by)
{
	struct catchup catchup = { 0 };
	int64_t i;

	catchup_tune(&catchup, by, 1);
	for (i = 0; i < 60; i++)
		read_at(&catchup, WALL - 10 * MINUTE + 10000 * i, 100);
	return catchup;
}

/* A batch of samples so many ms old, to a minute less. */
static struct batch
batch_of(int64_t age)
{
	return (struct batch){ .oldest = WALL - age,
		.newest = WALL - age + MINUTE };
}

static uint64_t
until(struct catchup *catchup, int64_t age, uint64_t now)
{
	const struct batch batch = batch_of(age);

	return catchup_until(catchup, &batch, WALL, now);
}

static void
a_backlog_goes_at_twice_the_live_rate(void **state)
{
	struct catchup catchup = informed(&remote);
	const struct batch batch = batch_of(5 * MINUTE);

	(void)state;
	assert_int_equal(until(&catchup, 5 * MINUTE, NOW), NOW);
	catchup_spend(&catchup, &batch, 600, WALL, NOW);
	assert_in_range(until(&catchup, 5 * MINUTE, NOW),
	    NOW + 30 * CLOCK_SEC - 10, NOW + 30 * CLOCK_SEC + 10);
	assert_int_equal(until(&catchup, 5 * MINUTE, NOW + 31 * CLOCK_SEC), 0);
	/* What was not used of the rate is not used later. */
	catchup_spend(&catchup, &batch, 600, WALL, NOW + 60 * CLOCK_SEC);
	assert_in_range(until(&catchup, 5 * MINUTE, NOW + 60 * CLOCK_SEC),
	    NOW + 90 * CLOCK_SEC - 10, NOW + 90 * CLOCK_SEC + 10);
}

static void
what_is_live_is_not_slowed(void **state)
{
	struct catchup catchup = informed(&remote);
	const struct batch late = batch_of(5 * MINUTE);
	const struct batch live = batch_of(2 * MINUTE);

	(void)state;
	catchup_spend(&catchup, &live, 6000, WALL, NOW);
	assert_int_equal(until(&catchup, 5 * MINUTE, NOW), NOW);
	catchup_spend(&catchup, &late, 6000, WALL, NOW);
	assert_int_equal(until(&catchup, 2 * MINUTE, NOW), 0);
}

static void
what_would_be_too_old_does_not_wait(void **state)
{
	struct catchup catchup = informed(&remote);
	const struct batch late = batch_of(5 * MINUTE);

	(void)state;
	catchup_spend(&catchup, &late, 6000, WALL, NOW);
	assert_int_not_equal(until(&catchup, 17 * MINUTE, NOW), 0);
	assert_int_equal(until(&catchup, 17 * MINUTE + 1, NOW), 0);
}

static void
without_a_factor_or_a_rate_there_is_no_limit(void **state)
{
	struct config_remote any = remote;
	struct catchup catchup = { 0 };
	const struct batch late = batch_of(5 * MINUTE);

	(void)state;
	catchup_tune(&catchup, &remote, 1);
	read_at(&catchup, WALL, 100);
	catchup_spend(&catchup, &late, 6000, WALL, NOW);
	assert_int_equal(until(&catchup, 5 * MINUTE, NOW), 0);
	any.catch_up = 0;
	catchup = informed(&any);
	catchup_spend(&catchup, &late, 6000, WALL, NOW);
	assert_int_equal(until(&catchup, 5 * MINUTE, NOW), 0);
}

/* Each backlog, not each batch. */
static void
a_backlog_begins_by_chance_where_many_send(void **state)
{
	struct config_remote shared = remote;
	unsigned int halves[2] = { 0 }, i;
	struct catchup catchup;
	uint64_t at;

	(void)state;
	shared.spread = true;
	shared.queue.batch_send_deadline = 10 * CLOCK_SEC;
	for (i = 0; i < 100; i++) {
		catchup = informed(&shared);
		catchup.chance.random = i * 7919;
		at = until(&catchup, 5 * MINUTE, NOW);
		assert_in_range(at, NOW, NOW + 10 * CLOCK_SEC);
		halves[at > NOW + 5 * CLOCK_SEC]++;
		assert_int_equal(until(&catchup, 5 * MINUTE, at - 1), at);
		assert_int_equal(until(&catchup, 5 * MINUTE, at), 0);
	}
	assert_in_range(halves[0], 30, 70);
	assert_int_equal(until(&catchup, MINUTE, NOW), 0);
	assert_int_not_equal(until(&catchup, 5 * MINUTE, at), 0);
}

/* Times come from whoever is scraped. */
static void
odd_times_do_not_upset_the_rate(void **state)
{
	struct catchup catchup = informed(&remote);
	double rate = catchup.rate;

	(void)state;
	read_at(&catchup, INT64_MAX, 1);
	read_at(&catchup, INT64_MIN, 1);
	read_at(&catchup, INT64_MAX / 8, 1);
	read_at(&catchup, WALL, 1);
	read_at(&catchup, INT64_MIN / 8, 1);
	read_at(&catchup, WALL, 1);
	read_at(&catchup, WALL, 0);
	assert_true(catchup.rate == rate);
	assert_true(rate > .0099 && rate < .0101);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backlog_goes_at_twice_the_live_rate),
		cmocka_unit_test(what_is_live_is_not_slowed),
		cmocka_unit_test(what_would_be_too_old_does_not_wait),
		cmocka_unit_test(without_a_factor_or_a_rate_there_is_no_limit),
		cmocka_unit_test(a_backlog_begins_by_chance_where_many_send),
		cmocka_unit_test(odd_times_do_not_upset_the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
