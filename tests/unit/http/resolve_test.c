/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/http/asking.h"

static const struct names_answer one = { NAMES_ANSWER, "127.0.0.1", NULL, 60 };
static const struct names_answer two = { NAMES_ANSWER, "127.0.0.2", NULL, 60 };
static const struct names_answer silent = { NAMES_SILENT, NULL, NULL, 0 };
static const struct names_answer no_such = { NAMES_NO_SUCH, NULL, NULL, 0 };

static void
a_name_is_asked_for_and_then_known(void **state)
{
	struct fixture *f = *state;

	assert_null(resolver_known(f->resolver, "a.test"));
	asking_expect(f, "a.test", "127.0.0.1");
	assert_string_equal(resolver_known(f->resolver, "a.test"), "127.0.0.1");
	assert_string_equal(resolver_known(f->resolver, "A.Test"), "127.0.0.1");
	assert_int_equal(names_asked(f->names), 1);
}

static void
addresses_of_both_families_are_given(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };

	names_set(f->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", "::1", 60 });
	assert_non_null(asking_ask(&asked, "a.test"));
	asking_await(&asked);
	assert_non_null(strstr(asked.addresses, "127.0.0.1"));
	assert_non_null(strstr(asked.addresses, "[::1]"));
}

static void
questions_for_one_name_share_one_answer(void **state)
{
	struct fixture *f = *state;
	struct asked asked[8];
	size_t i;

	for (i = 0; i < 8; i++) {
		asked[i] = (struct asked){ .f = f };
		assert_non_null(asking_ask(&asked[i], "a.test"));
	}
	for (i = 0; i < 8; i++) {
		asking_await(&asked[i]);
		assert_string_equal(asked[i].addresses, "127.0.0.1");
	}
	assert_int_equal(names_asked(f->names), 1);
}

static void
an_answer_at_hand_is_given_without_asking(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };

	asking_expect(f, "a.test", "127.0.0.1");
	assert_non_null(asking_ask(&asked, "a.test"));
	assert_int_equal(asked.calls, 0);
	asking_await(&asked);
	assert_int_equal(names_asked(f->names), 1);
}

static void
an_answer_is_kept_for_its_time_to_live(void **state)
{
	struct fixture *f = *state;

	asking_expect(f, "a.test", "127.0.0.1");
	names_set(f->names, two);
	asking_let_pass(f, 59 * CLOCK_SEC);
	(void)resolver_known(f->resolver, "a.test");
	asking_settle(f);
	assert_int_equal(names_asked(f->names), 1);

	/* What has run out is given once more, while a new one is got. */
	asking_let_pass(f, CLOCK_SEC);
	assert_string_equal(resolver_known(f->resolver, "a.test"), "127.0.0.1");
	asking_settle(f);
	assert_int_equal(names_asked(f->names), 2);
	assert_string_equal(resolver_known(f->resolver, "a.test"), "127.0.0.2");
}

static void
an_answer_without_time_to_live_is_kept_for_the_least_time(void **state)
{
	struct fixture *f = *state;

	names_set(f->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", NULL, 0 });
	asking_expect(f, "a.test", "127.0.0.1");
	asking_let_pass(f, RESOLVE_TTL_MIN - 1);
	(void)resolver_known(f->resolver, "a.test");
	asking_settle(f);
	assert_int_equal(names_asked(f->names), 1);
	asking_let_pass(f, 1);
	(void)resolver_known(f->resolver, "a.test");
	asking_settle(f);
	assert_int_equal(names_asked(f->names), 2);
}

static void
an_answer_for_ever_is_asked_for_again_all_the_same(void **state)
{
	struct fixture *f = *state;

	names_set(f->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", NULL, 1u << 30 });
	asking_expect(f, "a.test", "127.0.0.1");
	asking_let_pass(f, RESOLVE_TTL_MAX);
	(void)resolver_known(f->resolver, "a.test");
	asking_settle(f);
	assert_int_equal(names_asked(f->names), 2);
}

static void
what_has_run_out_serves_while_the_server_is_silent(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };
	unsigned before;

	asking_expect(f, "a.test", "127.0.0.1");
	names_set(f->names, silent);
	asking_let_pass(f, 60 * CLOCK_SEC);
	assert_non_null(asking_ask(&asked, "a.test"));
	asking_settle(f);
	assert_int_equal(asked.calls, 0);
	asking_let_pass(f, RESOLVE_ALONE);
	asking_let_pass(f, RESOLVE_TIMEOUT - RESOLVE_ALONE);
	asking_await(&asked);
	assert_string_equal(asked.addresses, "127.0.0.1");

	/* A dead server is left alone for a while. */
	asking_settle(f);
	before = names_asked(f->names);
	assert_non_null(resolver_known(f->resolver, "a.test"));
	asking_settle(f);
	assert_int_equal(names_asked(f->names), before);
	asking_let_pass(f, RESOLVE_TTL_MIN);
	assert_non_null(resolver_known(f->resolver, "a.test"));
	asking_settle(f);
	assert_true(names_asked(f->names) > before);
}

static void
what_has_run_out_serves_when_the_name_is_gone(void **state)
{
	struct fixture *f = *state;

	asking_expect(f, "a.test", "127.0.0.1");
	names_set(f->names, no_such);
	asking_let_pass(f, 60 * CLOCK_SEC);
	asking_expect(f, "a.test", "127.0.0.1");
}

static void
a_name_that_does_not_exist_says_so(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };

	names_set(f->names, no_such);
	assert_non_null(asking_ask(&asked, "a.test"));
	asking_await(&asked);
	assert_string_equal(asked.addresses, "");
	assert_non_null(strcasestr(asked.error, "not found"));
	assert_null(resolver_known(f->resolver, "a.test"));
}

static void
a_name_without_an_address_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };

	names_set(
	    f->names, (struct names_answer){ NAMES_ANSWER, NULL, NULL, 60 });
	assert_non_null(asking_ask(&asked, "a.test"));
	asking_await(&asked);
	assert_string_equal(asked.addresses, "");
	assert_true(asked.error[0] != '\0');
}

static void
a_silent_server_is_given_up_on_in_time(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };

	names_set(f->names, silent);
	assert_non_null(asking_ask(&asked, "a.test"));
	asking_settle(f);
	asking_let_pass(f, RESOLVE_ALONE);
	asking_let_pass(f, RESOLVE_TIMEOUT - RESOLVE_ALONE - 1);
	assert_int_equal(asked.calls, 0);
	asking_let_pass(f, 1);
	assert_int_equal(asked.calls, 1);
	assert_string_equal(asked.addresses, "");
	assert_non_null(strstr(asked.error, "in time"));
}

static void
a_name_given_up_on_can_be_asked_for_again(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };

	names_set(f->names, silent);
	assert_non_null(asking_ask(&asked, "a.test"));
	asking_settle(f);
	asking_let_pass(f, RESOLVE_ALONE);
	asking_let_pass(f, RESOLVE_TIMEOUT - RESOLVE_ALONE);
	assert_int_equal(asked.calls, 1);
	names_set(f->names, one);
	asking_expect(f, "a.test", "127.0.0.1");
}

static void
silence_on_ipv6_does_not_hide_ipv4(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };

	names_set(f->names,
	    (struct names_answer){ NAMES_SILENT_ON_V6, "127.0.0.1", NULL, 60 });
	assert_non_null(asking_ask(&asked, "a.test"));
	asking_settle(f);
	assert_int_equal(asked.calls, 0);
	asking_let_pass(f, RESOLVE_ALONE);
	asking_await(&asked);
	assert_string_equal(asked.addresses, "127.0.0.1");
}

static void
a_cancelled_query_is_not_called_back(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f }, other = { .f = f };
	struct resolve_query *query = asking_ask(&asked, "a.test");

	assert_non_null(query);
	assert_non_null(asking_ask(&other, "a.test"));
	resolve_cancel(query);
	resolve_cancel(NULL);
	asking_await(&other);
	asking_settle(f);
	assert_int_equal(asked.calls, 0);
}

static void
a_callback_may_cancel_another_and_ask_anew(void **state)
{
	struct fixture *f = *state;
	struct asked last = { .f = f };
	struct asked cancels = { .f = f, .then_ask = "b.test", .next = &last };
	struct asked victim = cancels;
	struct resolve_query *query, *other;

	/* Whichever comes first cancels the other. */
	cancels.then_cancel = &other;
	victim.then_cancel = &query;
	query = asking_ask(&cancels, "a.test");
	other = asking_ask(&victim, "a.test");
	asking_await(&last);
	asking_settle(f);
	assert_int_equal(cancels.calls + victim.calls, 1);
	assert_string_equal(last.addresses, "127.0.0.1");
}

static void
a_callback_may_ask_for_its_own_name(void **state)
{
	struct fixture *f = *state;
	struct asked last = { .f = f };
	struct asked first = { .f = f, .then_ask = "a.test", .next = &last };

	assert_non_null(asking_ask(&first, "a.test"));
	asking_await(&first);
	asking_await(&last);
}

static void
addresses_that_failed_are_asked_for_anew(void **state)
{
	struct fixture *f = *state;

	asking_expect(f, "a.test", "127.0.0.1");
	names_set(f->names, two);
	resolver_failed(f->resolver, "a.test");
	resolver_failed(f->resolver, "unknown.test");
	assert_string_equal(resolver_known(f->resolver, "a.test"), "127.0.0.1");
	asking_settle(f);
	assert_string_equal(resolver_known(f->resolver, "a.test"), "127.0.0.2");
	assert_int_equal(names_asked(f->names), 2);
}

static void
the_longest_unused_name_makes_room(void **state)
{
	struct fixture *f = *state;
	char host[32];
	unsigned i;

	for (i = 0; i < RESOLVE_NAMES_MAX; i++) {
		(void)snprintf(host, sizeof(host), "n%u.test", i);
		asking_expect(f, host, "127.0.0.1");
	}
	assert_non_null(resolver_known(f->resolver, "n0.test"));
	asking_expect(f, "more.test", "127.0.0.1");
	assert_non_null(resolver_known(f->resolver, "n0.test"));
	assert_null(resolver_known(f->resolver, "n1.test"));
	assert_non_null(resolver_known(f->resolver, "n2.test"));
}

static void
a_name_being_asked_for_never_makes_room(void **state)
{
	struct fixture *f = *state;
	struct asked *asked = calloc(RESOLVE_NAMES_MAX + 1, sizeof(*asked));
	char host[32];
	unsigned i;

	assert_non_null(asked);
	names_set(f->names, silent);
	for (i = 0; i <= RESOLVE_NAMES_MAX; i++)
		asked[i].f = f;
	for (i = 0; i < RESOLVE_NAMES_MAX; i++) {
		(void)snprintf(host, sizeof(host), "n%u.test", i);
		assert_non_null(asking_ask(&asked[i], host));
	}
	assert_null(asking_ask(&asked[i], "more.test"));
	asking_settle(f);
	asking_let_pass(f, RESOLVE_ALONE);
	asking_let_pass(f, RESOLVE_TIMEOUT - RESOLVE_ALONE);
	for (i = 0; i < RESOLVE_NAMES_MAX; i++)
		assert_int_equal(asked[i].calls, 1);
	free(asked);
}

static void
ask_for_one_too_many(void *arg, const char *addresses, const char *error)
{
	struct asked *asked = arg;

	(void)error;
	assert_null(asking_ask(asked, "more.test"));
	assert_non_null(strstr(addresses, "127.0.0.1"));
	asked->calls++;
}

static void
a_name_being_answered_never_makes_room(void **state)
{
	struct fixture *f = *state;
	struct asked *asked = calloc(RESOLVE_NAMES_MAX, sizeof(*asked));
	char host[32];
	unsigned i;

	assert_non_null(asked);
	names_set(f->names, silent);
	for (i = 0; i < RESOLVE_NAMES_MAX; i++)
		asked[i].f = f;
	for (i = 1; i < RESOLVE_NAMES_MAX; i++) {
		(void)snprintf(host, sizeof(host), "n%u.test", i);
		assert_non_null(asking_ask(&asked[i], host));
	}
	for (i = 0; i < 2; i++)
		assert_non_null(resolver_ask(
		    f->resolver, "localhost", ask_for_one_too_many, &asked[0]));
	asking_settle(f);
	assert_int_equal(asked[0].calls, 2);
	asking_let_pass(f, RESOLVE_ALONE);
	asking_let_pass(f, RESOLVE_TIMEOUT - RESOLVE_ALONE);
	free(asked);
}

static void
a_resolver_can_be_freed_while_it_asks(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };
	struct resolve_query *query;

	names_set(f->names, silent);
	query = asking_ask(&asked, "a.test");
	asking_settle(f);
	resolve_cancel(query);
	resolver_free(f->resolver);
	f->resolver = NULL;
	assert_int_equal(asked.calls, 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, asking_setup, asking_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_asked_for_and_then_known),
		TEST(addresses_of_both_families_are_given),
		TEST(questions_for_one_name_share_one_answer),
		TEST(an_answer_at_hand_is_given_without_asking),
		TEST(an_answer_is_kept_for_its_time_to_live),
		TEST(an_answer_without_time_to_live_is_kept_for_the_least_time),
		TEST(an_answer_for_ever_is_asked_for_again_all_the_same),
		TEST(what_has_run_out_serves_while_the_server_is_silent),
		TEST(what_has_run_out_serves_when_the_name_is_gone),
		TEST(a_name_that_does_not_exist_says_so),
		TEST(a_name_without_an_address_is_an_error),
		TEST(a_silent_server_is_given_up_on_in_time),
		TEST(a_name_given_up_on_can_be_asked_for_again),
		TEST(silence_on_ipv6_does_not_hide_ipv4),
		TEST(a_cancelled_query_is_not_called_back),
		TEST(a_callback_may_cancel_another_and_ask_anew),
		TEST(a_callback_may_ask_for_its_own_name),
		TEST(addresses_that_failed_are_asked_for_anew),
		TEST(the_longest_unused_name_makes_room),
		TEST(a_name_being_asked_for_never_makes_room),
		TEST(a_name_being_answered_never_makes_room),
		TEST(a_resolver_can_be_freed_while_it_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
