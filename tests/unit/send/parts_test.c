/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/send/parts.h"

#define NOW (10000 * CLOCK_SEC)
#define LATER (NOW + PARTS_POISON_TIME)

/* Requests of several series, and of one; the middle is of no account. */
static const struct sifted several = { .several = true, .middle = 8 };
static const struct sifted one = { .several = false };

static int
set_up(void **state)
{
	static struct parts parts;

	assert_int_equal(parts_init(&parts), 0);
	*state = &parts;
	return 0;
}

static int
tear_down(void **state)
{
	parts_release(*state);
	return 0;
}

static struct sifted
cut_at(uint32_t middle)
{
	return (struct sifted){ .several = true, .middle = middle };
}

/* The list must be the parts from each of ${firsts} to before its end. */
static void
expect(const struct parts *parts, unsigned int len, const uint32_t limits[][2])
{
	unsigned int i;

	assert_int_equal(parts->len, len);
	for (i = 0; i < len; i++) {
		assert_int_equal(parts->list[i].choice.first, limits[i][0]);
		assert_int_equal(parts->list[i].choice.end, limits[i][1]);
	}
}

static void
at_first_there_is_one_of_everything(void **state)
{
	struct parts *parts = *state;

	expect(parts, 1, (const uint32_t[][2]){ { 0, UINT32_MAX } });
	assert_int_equal(parts->list[0].choice.kinds, KINDS_ALL);
	parts_next(parts);
	assert_int_equal(parts->len, 0);
}

static void
halves_go_one_after_the_other(void **state)
{
	struct parts *parts = *state;
	struct sifted body = cut_at(8);

	assert_int_equal(parts_halve(parts, &body), 0);
	body = cut_at(4);
	assert_int_equal(parts_halve(parts, &body), 0);
	expect(parts, 3,
	    (const uint32_t[][2]){ { 0, 4 }, { 4, 8 }, { 8, UINT32_MAX } });
	parts_next(parts);
	expect(parts, 2, (const uint32_t[][2]){ { 4, 8 }, { 8, UINT32_MAX } });
}

static void
kinds_go_one_after_the_other(void **state)
{
	struct parts *parts = *state;

	assert_int_equal(parts_divide(parts, KIND_BIT(KEPT_SAMPLE)), 0);
	assert_int_equal(parts->len, 2);
	assert_int_equal(parts->list[0].choice.kinds, KIND_BIT(KEPT_SAMPLE));
	assert_int_equal(parts->list[1].choice.kinds,
	    KIND_BIT(KEPT_EXEMPLAR) | KIND_BIT(KEPT_HISTOGRAM));
}

static void
there_are_never_too_many(void **state)
{
	struct parts *parts = *state;
	unsigned int i;

	for (i = 1; i < PARTS_MAX; i++)
		assert_int_equal(parts_halve(parts, &several), 0);
	assert_int_equal(parts_halve(parts, &several), -1);
	assert_int_equal(parts_divide(parts, 1), -1);
	assert_int_equal(parts->len, PARTS_MAX);
}

static void
nothing_is_suspected_before_its_time(void **state)
{
	struct parts *parts = *state;

	assert_false(parts_suspected(parts, NOW));
	assert_false(parts_failed(parts, &one, 0, NOW));
	assert_false(parts_suspected(parts, LATER - 1));
	assert_false(parts_failed(parts, &one, 100, LATER - 1));
	assert_true(parts_suspected(parts, LATER));
	assert_true(parts_failed(parts, &one, 101, LATER));
}

static void
another_answer_begins_the_time_anew(void **state)
{
	struct parts *parts = *state;

	assert_false(parts_failed(parts, &one, 0, NOW));
	parts_answered(parts);
	assert_false(parts_failed(parts, &one, 100, LATER));
	assert_false(parts_suspected(parts, LATER + 1));
}

static void
others_must_be_accepted_between_two_failures(void **state)
{
	struct parts *parts = *state;
	uint64_t others = PARTS_POISON_OTHERS;

	assert_false(parts_failed(parts, &one, 0, NOW));
	assert_false(parts_failed(parts, &one, others - 1, LATER));
	assert_false(parts_failed(parts, &one, others - 1, LATER));
	assert_true(parts_failed(parts, &one, others, LATER));
}

static void
without_a_success_since_the_last_failure_it_is_not_poison(void **state)
{
	struct parts *parts = *state;

	assert_false(parts_failed(parts, &one, 0, NOW));
	assert_false(parts_failed(parts, &several, 50, LATER));
	expect(parts, 2, (const uint32_t[][2]){ { 0, 8 }, { 8, UINT32_MAX } });
	assert_false(parts_failed(parts, &one, 50, LATER));
	/* The others go before it. */
	expect(parts, 2, (const uint32_t[][2]){ { 8, UINT32_MAX }, { 0, 8 } });
	parts_next(parts);
	assert_true(parts_failed(parts, &one, 51, LATER));
}

static void
what_binds_a_series_does_not_let_others_pass(void **state)
{
	const struct sifted by_time = { .several = false, .middle = 3 };
	struct parts *parts = *state;

	assert_int_equal(parts_halve(parts, &by_time), 0);
	assert_false(parts_failed(parts, &one, 0, NOW));
	assert_false(parts_failed(parts, &one, 0, LATER));
	expect(parts, 2, (const uint32_t[][2]){ { 0, 3 }, { 3, UINT32_MAX } });
}

static void
the_last_of_its_batch_is_poison_after_as_long_again(void **state)
{
	struct parts *parts = *state;

	assert_false(parts_failed(parts, &several, 0, NOW));
	assert_false(parts_failed(parts, &several, 0, LATER));
	parts_next(parts); /* The first half was accepted. */
	assert_false(parts_failed(parts, &one, 1, LATER));
	assert_false(
	    parts_failed(parts, &one, 1, LATER + PARTS_POISON_TIME - 1));
	assert_true(parts_failed(parts, &one, 1, LATER + PARTS_POISON_TIME));
}

static void
another_answer_has_the_last_begin_anew(void **state)
{
	struct parts *parts = *state;
	uint64_t time = LATER + PARTS_POISON_TIME;

	assert_false(parts_failed(parts, &several, 0, NOW));
	assert_false(parts_failed(parts, &several, 0, LATER));
	parts_next(parts);
	assert_false(parts_failed(parts, &one, 1, LATER));
	parts_answered(parts);
	assert_false(parts_failed(parts, &one, 1, time));
	assert_true(parts_failed(parts, &one, 1, time + PARTS_POISON_TIME));
}

static void
alone_without_any_success_it_never_is(void **state)
{
	struct parts *parts = *state;
	unsigned int i;

	for (i = 0; i < 1000; i++)
		assert_false(parts_failed(
		    parts, &one, 0, NOW + i * PARTS_POISON_TIME / 10));
	assert_int_equal(parts->len, 1);
}

/* Halves of halves, until it is clear that the receiver fails by itself. */
static void
a_search_that_finds_nothing_puts_all_together_again(void **state)
{
	struct parts *parts = *state;
	uint32_t middle = 1u << 30;
	struct sifted body;
	unsigned int i;

	assert_false(parts_failed(parts, &several, 0, NOW));
	for (i = 0; i < PARTS_POISON_TRIES; i++) {
		body = middle > 0 ? cut_at(middle) : one;
		assert_false(parts_failed(parts, &body, 0, LATER));
		middle /= 2;
	}
	assert_true(parts->len > 20);
	assert_false(parts_failed(parts, &one, 0, LATER));
	expect(parts, 1, (const uint32_t[][2]){ { 0, UINT32_MAX } });
	assert_false(parts_suspected(parts, LATER));

	/* What failed before then is no evidence any more. */
	assert_false(parts_failed(parts, &one, 10, LATER));
	assert_false(parts_failed(
	    parts, &one, PARTS_POISON_OTHERS + 9, LATER + PARTS_POISON_TIME));
	assert_true(parts_failed(
	    parts, &one, PARTS_POISON_OTHERS + 10, LATER + PARTS_POISON_TIME));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(at_first_there_is_one_of_everything),
		TEST(halves_go_one_after_the_other),
		TEST(kinds_go_one_after_the_other),
		TEST(there_are_never_too_many),
		TEST(nothing_is_suspected_before_its_time),
		TEST(another_answer_begins_the_time_anew),
		TEST(others_must_be_accepted_between_two_failures),
		TEST(without_a_success_since_the_last_failure_it_is_not_poison),
		TEST(what_binds_a_series_does_not_let_others_pass),
		TEST(the_last_of_its_batch_is_poison_after_as_long_again),
		TEST(another_answer_has_the_last_begin_anew),
		TEST(alone_without_any_success_it_never_is),
		TEST(a_search_that_finds_nothing_puts_all_together_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
