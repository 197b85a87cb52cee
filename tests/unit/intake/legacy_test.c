/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/intake/legacy.h"
#include "tests/unit/series/keeping.h"

/* In generation 3, acknowledged in segment 10, read in segment 12. */
static struct legacy
leave(struct keeping *k)
{
	return (struct legacy){
		.refs = k->map,
		.finals = k->finals,
		.read = { .generation = 3, .at = { .segment = 12 } },
		.acknowledged = { .generation = 3, .at = { .segment = 10 } },
	};
}

static struct wal_mark
from(uint64_t segment)
{
	return (struct wal_mark){
		.generation = 3,
		.at = { .segment = segment, .offset = 1 },
	};
}

static void
it_serves_who_reads_on_where_it_was_read(void **state)
{
	struct wal_mark other = from(11), before = from(9);
	struct wal_mark at = from(10), ahead = from(20);
	struct keeping k;
	struct legacy legacy;

	(void)state;
	keeping_begin(&k);
	legacy = leave(&k);
	assert_true(legacy_serves(&legacy, &at));
	assert_true(legacy_serves(&legacy, &ahead));
	/* What was forgotten may be met there. */
	assert_false(legacy_serves(&legacy, &before));
	other.generation = 4;
	assert_false(legacy_serves(&legacy, &other));
	other = from(11);
	other.inside = 1;
	assert_false(legacy_serves(&legacy, &other));
	legacy.read.inside = 1;
	assert_false(legacy_serves(&legacy, &at));
	legacy.refs = NULL;
	assert_false(legacy_serves(&legacy, &at));
	keeping_end(&k);
}

static void
a_ref_with_two_meanings_serves_only_after_the_second(void **state)
{
	struct wal_mark before = from(10), after = from(11);
	struct keeping k;
	struct legacy legacy;

	(void)state;
	keeping_begin(&k);
	assert_int_equal(series_learn(k.map, 1, 2, "a=1"), FINAL_OK);
	assert_int_equal(series_learn(k.map, 1, 10, "a=2"), FINAL_OK);
	legacy = leave(&k);
	assert_false(legacy_serves(&legacy, &before));
	assert_true(legacy_serves(&legacy, &after));
	keeping_end(&k);
}

static void
series_without_room_serve_nobody(void **state)
{
	struct room room = { .limits = { .max_series = 1 } };
	struct wal_mark at = from(11);
	struct keeping k;
	struct legacy legacy;

	(void)state;
	keeping_begin(&k);
	room.sets = k.sets;
	refmap_limit(k.map, &room);
	assert_int_equal(series_learn(k.map, 1, 2, "a=1"), FINAL_OK);
	legacy = leave(&k);
	assert_true(legacy_serves(&legacy, &at));
	assert_int_equal(series_learn(k.map, 2, 2, "a=2"), FINAL_BEYOND);
	assert_false(legacy_serves(&legacy, &at));
	keeping_end(&k);
}

/* What the log says of metrics goes with the series, or is begun anew. */
static void
families_are_taken_over_or_begun(void **state)
{
	struct family family = {
		.name = { "up", 2 },
		.type = FAMILY_COUNTER,
	};
	struct wal_mark at = from(11), before = from(9);
	struct families *families;
	struct legacy legacy;
	struct keeping k;

	(void)state;
	keeping_begin(&k);
	assert_non_null(families = legacy_families(NULL, &at));
	families_free(families);
	legacy = leave(&k);
	assert_non_null(families = legacy_families(&legacy, &at));
	assert_int_equal(families_put(families, &family), 0);
	legacy.families = families;
	assert_non_null(families = legacy_families(&legacy, &before));
	assert_int_equal(families_len(families), 0);
	families_free(families);
	assert_non_null(families = legacy_families(&legacy, &at));
	assert_int_equal(families_len(families), 1);
	families_free(families);
	/* The rest is what it was, and is given up. */
	legacy_release(&legacy, NULL);
	assert_null(legacy.refs);
	assert_int_equal(labelsets_count(k.sets), 0);
	labelsets_free(k.sets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_serves_who_reads_on_where_it_was_read),
		cmocka_unit_test(
		    a_ref_with_two_meanings_serves_only_after_the_second),
		cmocka_unit_test(series_without_room_serve_nobody),
		cmocka_unit_test(families_are_taken_over_or_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
