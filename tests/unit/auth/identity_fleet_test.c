/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/auth/identity.h"
#include "agent/base/log.h"
#include "tests/unit/http/sim.h"

#define FLEET 200u /* Machines that were started together. */
#define DAY 86400u

struct fleet;

/* One of them. */
struct member {
	struct token_source source; /* At the head. */
	struct fleet *fleet;
	struct token_meters meters;
	struct identity *identity;
};

/* All of them, and how often the endpoint was asked in each second. */
struct fleet {
	struct sim *sim;
	struct stats *stats;
	struct token_answer answer;
	uint64_t begin;
	unsigned int seconds[DAY + 1];
	struct member members[FLEET];
	struct timer *timers[FLEET];
	token_done_fn *done[FLEET];
	void *args[FLEET];
};

static void
answer(void *arg)
{
	struct member *member = arg;
	struct fleet *fleet = member->fleet;
	size_t at = (size_t)(member - fleet->members);

	fleet->done[at](fleet->args[at], &fleet->answer);
}

static int
fetch(struct token_source *source, token_done_fn *done, void *arg)
{
	struct member *member = (struct member *)source;
	struct fleet *fleet = member->fleet;
	size_t at = (size_t)(member - fleet->members);
	uint64_t now = sim_now(fleet->sim);

	fleet->seconds[(now - fleet->begin) / CLOCK_SEC]++;
	fleet->done[at] = done;
	fleet->args[at] = arg;
	timer_set(fleet->timers[at], now + CLOCK_MSEC);
	return 0;
}

static void
cancel(struct token_source *source)
{
	(void)source;
}

static int
set_up(void **state)
{
	static const struct sim_receiver nobody = { 0 };
	struct fleet *fleet = calloc(1, sizeof(*fleet));
	struct member *member;
	size_t i;

	assert_non_null(fleet);
	log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	fleet->sim = sim_new(&nobody);
	fleet->stats = stats_new();
	fleet->begin = sim_now(fleet->sim);
	for (i = 0; i < FLEET; i++) {
		member = &fleet->members[i];
		member->source = (struct token_source){ fetch, cancel, cancel };
		member->fleet = fleet;
		fleet->timers[i] =
		    timer_new(sim_clock(fleet->sim), answer, member);
		assert_int_equal(
		    token_meters_init(&member->meters, fleet->stats, "who"), 0);
		member->identity = identity_new(&(struct identity_options){
		    .clock = sim_clock(fleet->sim),
		    .source = &member->source,
		    .meters = &member->meters,
		    .name = "who",
		});
		assert_non_null(member->identity);
		/* They are not started in the very same millisecond. */
		(void)sim_run(fleet->sim, CLOCK_MSEC);
	}
	*state = fleet;
	return 0;
}

static int
tear_down(void **state)
{
	struct fleet *fleet = *state;
	size_t i;

	for (i = 0; i < FLEET; i++) {
		identity_free(fleet->members[i].identity);
		token_meters_release(&fleet->members[i].meters);
		timer_free(fleet->timers[i]);
	}
	stats_free(fleet->stats);
	sim_free(fleet->sim);
	log_to(STDERR_FILENO);
	free(fleet);
	return 0;
}

/* How often the endpoint was asked, from second ${first} up to ${end}. */
static unsigned int
asked(const struct fleet *fleet, unsigned int first, unsigned int end)
{
	unsigned int sum = 0;

	for (; first < end; first++)
		sum += fleet->seconds[first];
	return sum;
}

/* The most that it was asked in ${span} seconds from second ${first} on. */
static unsigned int
most(const struct fleet *fleet, unsigned int first, unsigned int span)
{
	unsigned int found = 0, sum;

	for (; first + span <= DAY; first++) {
		sum = asked(fleet, first, first + span);
		if (sum > found)
			found = sum;
	}
	return found;
}

static void
a_fleet_does_not_renew_its_tokens_at_once(void **state)
{
	struct fleet *fleet = *state;

	fleet->answer =
	    (struct token_answer){ .token = "t", .lifetime = 3600 * CLOCK_SEC };
	(void)sim_run(fleet->sim, (DAY - 1) * CLOCK_SEC);
	/* Each token lives an hour, and is had anew at half of that. */
	assert_in_range(asked(fleet, 0, DAY), FLEET * 43, FLEET * 49);
	/* The first three minutes of renewals, and all that follow. */
	assert_in_range(most(fleet, 60, 10), 1, FLEET / 8);
}

static void
nor_does_it_when_it_was_told_to_wait(void **state)
{
	struct fleet *fleet = *state;

	fleet->answer = (struct token_answer){ .failure = TOKEN_BUSY,
		.error = "busy",
		.retry_after = 600 * CLOCK_SEC };
	(void)sim_run(fleet->sim, 4000 * CLOCK_SEC);
	assert_in_range(most(fleet, 60, 10), 1, FLEET / 4);
}

static void
who_gets_none_asks_twice_a_minute_or_little_more(void **state)
{
	struct fleet *fleet = *state;

	fleet->answer = (struct token_answer){ .failure = TOKEN_WRONG_ID,
		.error = "wrong" };
	(void)sim_run(fleet->sim, 7200 * CLOCK_SEC);
	/* At least 22.5 seconds lie between, after the first five. */
	assert_in_range(asked(fleet, 0, DAY), FLEET * 7200 / 30,
	    FLEET * (7200 * 2 / 45 + 6));
	assert_in_range(most(fleet, 1800, 5), 1, FLEET / 2);
}

/* Nothing but an edit helps, and who asks in vain may be locked out. */
static void
who_has_the_wrong_secret_asks_every_five_minutes(void **state)
{
	struct fleet *fleet = *state;

	fleet->answer = (struct token_answer){ .failure = TOKEN_CREDENTIAL,
		.error = "wrong" };
	(void)sim_run(fleet->sim, 7200 * CLOCK_SEC);
	/* At least 225 seconds lie between, after the first nine. */
	assert_in_range(
	    asked(fleet, 0, DAY), FLEET * 7200 / 300, FLEET * (7200 / 225 + 9));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_fleet_does_not_renew_its_tokens_at_once),
		TEST(nor_does_it_when_it_was_told_to_wait),
		TEST(who_gets_none_asks_twice_a_minute_or_little_more),
		TEST(who_has_the_wrong_secret_asks_every_five_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
