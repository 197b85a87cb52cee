/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/position/town.h"

/* The next two who ask share the list ${list}. */
static void
claim_two(struct town *town, uint32_t list, const char *a, const char *b)
{
	size_t first = town->len;

	town_claim(town, a, a);
	town_claim(town, b, b);
	town->claims[first].share = (struct position_share){ list, 1, 0, 2 };
	town->claims[first + 1].share =
	    (struct position_share){ list, 1, 1, 2 };
}

/* Save that claim ${i} has come to ${segment}. */
static void
come_to(struct town *town, size_t i, uint64_t segment)
{
	struct position *position = &town->claims[i].place->position;

	position->begun = true;
	position->mark.at.segment = segment;
	place_save(town->claims[i].place);
}

static void
assign_and_share(struct town *town)
{
	size_t len = town->len;

	town_assign(town);
	places_share(town->places, town->claims, len);
}

static uint64_t
segment_of(const struct town *town, size_t i)
{
	return town->claims[i].place->position.mark.at.segment;
}

static void
those_of_a_list_that_changes_go_on_where_the_last_was(void **state)
{
	struct town *town = *state;

	claim_two(town, 5, "a", "b");
	town_claim(town, "alone", "http://alone/");
	town->claims[2].share = (struct position_share){ 0, 1, 0, 1 };
	assign_and_share(town);
	come_to(town, 0, 9);
	come_to(town, 1, 7);
	come_to(town, 2, 3);
	town_live_again(town);
	town_claim(town, "alone", "http://alone/");
	town->claims[0].share = (struct position_share){ 0, 1, 0, 1 };
	claim_two(town, 6, "a", "c");
	assign_and_share(town);
	assert_int_equal(segment_of(town, 0), 3);
	assert_int_equal(segment_of(town, 1), 7);
	assert_int_equal(segment_of(town, 2), 7);
}

/* What it lacked was left to the others when it was removed. */
static void
one_put_back_into_its_list_goes_on_with_the_others(void **state)
{
	struct town *town = *state;

	claim_two(town, 5, "a", "b");
	assign_and_share(town);
	come_to(town, 0, 9);
	come_to(town, 1, 7);
	town_claim(town, "a", "a");
	town->claims[0].share = (struct position_share){ 0, 1, 0, 1 };
	assign_and_share(town);
	assert_int_equal(segment_of(town, 0), 7);
	come_to(town, 0, 20);
	town_live_again(town);
	claim_two(town, 5, "a", "b");
	assign_and_share(town);
	assert_int_equal(segment_of(town, 0), 20);
	assert_int_equal(segment_of(town, 1), 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, town_set_up, town_tear_down)
		TEST(those_of_a_list_that_changes_go_on_where_the_last_was),
		TEST(one_put_back_into_its_list_goes_on_with_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
