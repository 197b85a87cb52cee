/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "agent/send/redirect.h"
#include "tests/unit/send/telling.h"

static void
with_nothing_to_tell_nothing_is_sent(void **state)
{
	struct telling *f = *state;

	telling_start(f);
	telling_run(f, 10 * TELLING_INTERVAL);
	assert_int_equal(sim_requests(f->sending->sim), 0);
}

static void
all_is_told_once_an_interval(void **state)
{
	struct telling *f = *state;
	const struct meters *meters = &f->sending->meters;

	telling_know(f, FAMILY_COUNTER, "a_total");
	telling_know(f, FAMILY_UNKNOWN, "b");
	telling_start(f);
	telling_run(f, TELLING_INTERVAL - 1);
	assert_int_equal(f->told_len, 0);
	telling_run(f, CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	assert_int_equal(f->told[0].at, SIM_START + TELLING_INTERVAL);
	assert_int_equal(f->told[0].lines, 3);
	assert_string_equal(f->told[0].retry, "");
	assert_int_equal(f->names_len, 2);
	assert_string_equal(f->names[0], "a_total");
	assert_string_equal(f->names[1], "b");
	assert_int_equal(f->types[0], FAMILY_COUNTER);
	assert_int_equal(f->types[1], FAMILY_UNKNOWN);
	sending_expect(meters->metadata, 2);
	sending_expect(meters->metadata_bytes, (double)f->body_len);
	sending_expect(meters->metadata_failed, 0);
	sending_expect(meters->metadata_retried, 0);
	sending_expect(meters->duration, 1);
	sending_expect(meters->kinds[KEPT_SAMPLE].total, 0);
	sending_expect(meters->bytes, 0);

	telling_know(f, FAMILY_GAUGE, "c");
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, 2);
	assert_int_equal(f->told[1].at, SIM_START + 2 * TELLING_INTERVAL);
	assert_int_equal(f->told[1].entries, 3);
	sending_expect(meters->metadata, 5);
}

static void
a_request_has_so_many_and_one_follows_the_other(void **state)
{
	struct telling *f = *state;
	size_t i;

	f->sending->remote.metadata.max_samples_per_send = 100;
	f->answer.latency = CLOCK_SEC;
	telling_know_many(f, 250);
	telling_start(f);
	telling_run_round(f);
	telling_run(f, 5 * CLOCK_SEC);
	assert_int_equal(f->told_len, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(f->told[i].entries, i < 2 ? 100 : 50);
		assert_int_equal(f->told[i].at,
		    SIM_START + TELLING_INTERVAL + i * CLOCK_SEC);
	}
	assert_string_equal(f->names[0], "m0");
	assert_string_equal(f->names[100], "m100");
	assert_string_equal(f->names[249], "m249");
	sending_expect(f->sending->meters.metadata, 250);
}

static void
long_texts_make_more_requests(void **state)
{
	struct telling *f = *state;
	char *help = calloc(1, FAMILIES_TEXT_MAX), name[16];
	struct family family = { .help = { help, FAMILIES_TEXT_MAX } };
	unsigned int i;

	assert_non_null(help);
	for (i = 0; i < 20; i++) {
		family.name = (struct wal_text){ name,
			(size_t)snprintf(name, sizeof(name), "m%u", i) };
		assert_int_equal(families_put(f->families, &family), 0);
	}
	free(help);
	telling_start(f);
	telling_run_round(f);
	assert_int_equal(f->told_len, 2);
	assert_int_equal(f->told[0].entries, 16);
	assert_int_equal(f->told[1].entries, 4);
}

static void
what_is_refused_is_not_tried_again_until_the_next_time(void **state)
{
	struct telling *f = *state;
	const struct meters *meters = &f->sending->meters;

	f->sending->remote.metadata.max_samples_per_send = 2;
	f->answer.status = 400;
	telling_know_many(f, 3);
	telling_start(f);
	telling_run_round(f);
	assert_int_equal(f->told_len, 2);
	sending_expect(meters->metadata, 0);
	sending_expect(meters->metadata_failed, 3);
	sending_expect(meters->metadata_retried, 0);
	f->answer.status = 204;
	telling_run_round(f);
	assert_int_equal(f->told_len, 4);
	assert_string_equal(f->told[2].retry, "");
	sending_expect(meters->metadata, 3);
	sending_expect(meters->metadata_failed, 3);
}

static void
what_fails_is_tried_twice_more_and_then_the_next_time(void **state)
{
	struct telling *f = *state;
	const struct meters *meters = &f->sending->meters;

	f->sending->remote.metadata.max_samples_per_send = 2;
	f->answer.status = 503;
	telling_know_many(f, 3);
	telling_start(f);
	telling_run(f, 2 * TELLING_INTERVAL - CLOCK_SEC);
	assert_int_equal(f->told_len, 3);
	assert_string_equal(f->told[0].retry, "");
	assert_string_equal(f->told[1].retry, "Retry-Attempt: 1");
	assert_string_equal(f->told[2].retry, "Retry-Attempt: 2");
	assert_in_range(f->told[1].at - f->told[0].at, METADATA_WAIT_MIN / 2,
	    2 * METADATA_WAIT_MIN);
	assert_in_range(f->told[2].at - f->told[1].at, METADATA_WAIT_MIN,
	    4 * METADATA_WAIT_MIN);
	sending_expect(meters->metadata_retried, 4);
	sending_expect(meters->metadata_failed, 2);
	f->answer.status = 200;
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, 5);
	assert_string_equal(f->told[3].retry, "");
	assert_int_equal(f->told[3].at, SIM_START + 2 * TELLING_INTERVAL);
	sending_expect(meters->metadata, 3);
}

static void
a_retry_that_succeeds_lets_the_round_go_on(void **state)
{
	struct telling *f = *state;
	const struct meters *meters = &f->sending->meters;

	f->sending->remote.metadata.max_samples_per_send = 2;
	f->answer = (struct sim_answer){ .outcome = HTTP_BROKEN };
	telling_know_many(f, 3);
	telling_start(f);
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, 1);
	f->answer = (struct sim_answer)SENDING_OK;
	telling_run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 3);
	sending_expect(meters->metadata, 3);
	sending_expect(meters->metadata_retried, 2);
	sending_expect(meters->metadata_failed, 0);
}

static void
a_receiver_may_ask_for_time(void **state)
{
	struct telling *f = *state;

	f->answer.status = 429;
	f->answer.retry_after = "200";
	telling_know_many(f, 1);
	telling_start(f);
	telling_run(f, TELLING_INTERVAL + CLOCK_SEC);
	f->answer = (struct sim_answer)SENDING_OK;
	telling_run(f, 10 * TELLING_INTERVAL);
	assert_int_equal(f->told[1].at - f->told[0].at, 200 * CLOCK_SEC + 1000);
	assert_string_equal(f->told[1].retry, "Retry-Attempt: 1");
	/* Then it goes on at the times that there would have been. */
	assert_int_equal(f->told[2].at, SIM_START + 5 * TELLING_INTERVAL);
}

static void
without_memory_it_is_tried_again(void **state)
{
	struct telling *f = *state;

	telling_know_many(f, 1);
	telling_start(f);
	sim_starve(f->sending->sim, 1);
	telling_run_round(f);
	telling_run(f, 5 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	assert_string_equal(f->told[0].retry, "Retry-Attempt: 1");
	sending_expect(f->sending->meters.metadata, 1);
}

/* The receiver hangs on metadata: samples go their way. */
static void
samples_do_not_wait_for_metadata(void **state)
{
	struct telling *f = *state;
	uint64_t asked;

	f->answer.latency = CLOCK_NEVER;
	telling_know_many(f, 1);
	telling_start(f);
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, 1);
	(void)sending_put(f->sending, 0, 5);
	asked = sim_now(f->sending->sim);
	sender_fly(f->sending->sender);
	telling_run(f, CLOCK_SEC);
	assert_int_equal(f->sending->range.unsettled, 0);
	assert_int_equal(f->sending->seen_len, 1);
	assert_int_equal(f->sending->seen[0].at, asked);
	/* Three time-outs in a round of two intervals, one after the other. */
	telling_run(f, 2 * TELLING_INTERVAL);
	assert_int_equal(f->told_len, 4);
	assert_true(f->told[1].at - f->told[0].at >= 30 * CLOCK_SEC);
	assert_int_equal(f->told[3].at, SIM_START + 3 * TELLING_INTERVAL);
	assert_string_equal(f->told[3].retry, "");
	sending_expect(f->sending->meters.metadata_failed, 1);
	sending_expect(f->sending->meters.kinds[KEPT_SAMPLE].failed, 0);
}

static void
metadata_wait_for_samples_that_wait(void **state)
{
	struct telling *f = *state;

	telling_know_many(f, 1);
	telling_start(f);
	f->sending->always.status = 429;
	f->sending->always.retry_after = "200";
	(void)sending_put(f->sending, 0, 1);
	sender_fly(f->sending->sender);
	telling_run(f, CLOCK_SEC);
	assert_true(sender_waits(f->sending->sender));
	f->sending->always = (struct sim_answer)SENDING_OK;
	f->sending->always.latency = 20 * CLOCK_SEC;
	telling_run(f, 190 * CLOCK_SEC);
	assert_int_equal(f->told_len, 0);
	/* The probe is on its way: nobody knows yet. */
	telling_run(f, 25 * CLOCK_SEC);
	assert_int_equal(f->sending->seen_len, 2);
	assert_int_equal(f->told_len, 0);
	telling_run(f, 10 * CLOCK_SEC);
	assert_false(sender_waits(f->sending->sender));
	assert_int_equal(f->told_len, 1);
	sending_expect(f->sending->meters.kinds[KEPT_SAMPLE].total, 2);
}

/* What is refused of metadata is not held against the destination. */
static void
metadata_that_are_not_allowed_hold_no_samples(void **state)
{
	struct telling *f = *state;

	f->answer.status = 403;
	telling_know_many(f, 1);
	telling_start(f);
	telling_run_round(f);
	assert_int_equal(f->told_len, 1);
	assert_false(sender_waits(f->sending->sender));
}

/* The receiver sends requests on to ${location}. */
static void
send_on(struct telling *f, int status, const char *location)
{
	f->first = (struct sim_answer){
		.outcome = HTTP_ANSWERED,
		.status = status,
		.location = location,
	};
}

static void
a_redirect_is_followed_as_samples_follow_it(void **state)
{
	struct telling *f = *state;

	telling_know_many(f, 1);
	send_on(f, 308, "http://other/write");
	telling_start(f);
	telling_run_round(f);
	assert_int_equal(f->told_len, 2);
	assert_string_equal(f->told[0].url, f->options.remote->url);
	assert_string_equal(f->told[1].url, "http://other/write");
	assert_int_equal(f->told[1].entries, 1);
	assert_string_equal(f->told[1].retry, "");
	sending_expect(f->sending->meters.metadata, 1);
	sending_expect(f->sending->meters.metadata_retried, 0);
	/* The next round begins at the receiver's own URL. */
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, 4);
	assert_string_equal(f->told[2].url, f->options.remote->url);
}

/* What comes after a redirect is tried again from where it began. */
static void
a_retry_begins_at_the_receiver_again(void **state)
{
	struct telling *f = *state;

	telling_know_many(f, 1);
	send_on(f, 307, "http://other/write");
	f->answer.status = 503;
	telling_start(f);
	telling_run(f, 2 * TELLING_INTERVAL - CLOCK_SEC);
	assert_int_equal(f->told_len, 6);
	assert_string_equal(f->told[2].url, f->options.remote->url);
	assert_string_equal(f->told[3].url, "http://other/write");
	assert_string_equal(f->told[3].retry, f->told[2].retry);
	assert_string_not_equal(f->told[3].retry, "");
	sending_expect(f->sending->meters.metadata_failed, 1);
}

static void
a_redirect_may_not_lead_everywhere(void **state)
{
	static char secret[] = "http://user:pw@receiver/write";
	struct telling *f = *state;
	size_t told;

	telling_know_many(f, 1);
	telling_start(f);
	telling_run(f, TELLING_INTERVAL / 2);
	/* In a circle, in the wrong way, or nowhere. */
	f->answer = (struct sim_answer){
		.outcome = HTTP_ANSWERED,
		.status = 302,
		.location = "/circle",
	};
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, 1 + REDIRECTS_MAX);
	told = f->told_len;
	f->answer.status = 303;
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, told + 1);
	f->answer.status = 302;
	f->sending->remote.follow_redirects = false;
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, told + 2);
	f->sending->remote.follow_redirects = true;
	f->sending->remote.url = secret; /* With credentials. */
	f->answer.location = "http://other/write";
	telling_run(f, TELLING_INTERVAL);
	assert_int_equal(f->told_len, told + 3);
	sending_expect(f->sending->meters.metadata_failed, 4);
	sending_expect(f->sending->meters.metadata, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, telling_set_up, telling_tear_down)
		TEST(with_nothing_to_tell_nothing_is_sent),
		TEST(all_is_told_once_an_interval),
		TEST(a_request_has_so_many_and_one_follows_the_other),
		TEST(long_texts_make_more_requests),
		TEST(what_is_refused_is_not_tried_again_until_the_next_time),
		TEST(what_fails_is_tried_twice_more_and_then_the_next_time),
		TEST(a_retry_that_succeeds_lets_the_round_go_on),
		TEST(a_receiver_may_ask_for_time),
		TEST(without_memory_it_is_tried_again),
		TEST(samples_do_not_wait_for_metadata),
		TEST(metadata_wait_for_samples_that_wait),
		TEST(metadata_that_are_not_allowed_hold_no_samples),
		TEST(a_redirect_is_followed_as_samples_follow_it),
		TEST(a_retry_begins_at_the_receiver_again),
		TEST(a_redirect_may_not_lead_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
