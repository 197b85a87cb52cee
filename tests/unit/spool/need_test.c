/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/spool/need.h"

#define WALL INT64_C(1767323045000)
#define HOUR INT64_C(3600000) /* ms */

/* A log of which two segments of the generation before are held. */
static struct spool_segment segments[] = {
	{ .name = { 0, 4 }, .last = SPOOL_LAST_NONE, .written = WALL - HOUR },
	{ .name = { 0, 5 }, .last = 0, .written = WALL - HOUR },
	{ .name = { 1, 5 }, .last = SPOOL_LAST_NONE, .written = WALL - HOUR },
	{ .name = { 1, 6 }, .last = SPOOL_LAST_NONE, .written = WALL - HOUR },
};

static const struct spool_table table = {
	.segments = segments,
	.len = 4,
	.generation = 1,
	.next = 7,
};

/* What is needed of each, as a digit. */
static const char *
needed(const struct need *need)
{
	static char text[5];
	size_t i;

	for (i = 0; i < 4; i++)
		text[i] = (char)('0' +
		    (int)need_of(need, &table, &segments[i], WALL));
	return text;
}

static void
who_stands_nowhere_needs_all(void **state)
{
	struct need need = { 0 };
	struct spool_reader *reader = need_join(&need);

	(void)state;
	assert_string_equal(needed(&need), "0000");
	need_leave(reader);
	assert_string_equal(needed(&need), "1111");
}

static void
all_from_where_it_stands_is_needed(void **state)
{
	struct need need = { 0 };
	struct spool_reader *reader = need_join(&need);

	(void)state;
	reader->segment = 5;
	/* What goes on into the next generation may be read in that. */
	assert_string_equal(needed(&need), "0000");
	reader->generation = 1;
	assert_string_equal(needed(&need), "1100");
	reader->segment = 6;
	assert_string_equal(needed(&need), "1110");
	reader->segment = 9;
	assert_string_equal(needed(&need), "1111");
	need_leave(reader);
}

static void
who_needs_most_counts(void **state)
{
	struct need need = { 0 };
	struct spool_reader *a = need_join(&need), *b = need_join(&need);

	(void)state;
	a->generation = b->generation = 1;
	a->segment = 6;
	b->segment = 5;
	assert_string_equal(needed(&need), "1100");
	need_leave(b);
	assert_string_equal(needed(&need), "1110");
	need_leave(a);
}

static void
what_is_too_old_for_all_is_needed_by_none(void **state)
{
	struct need need = { 0 };
	struct spool_reader *a = need_join(&need), *b = need_join(&need);

	(void)state;
	a->generation = 1;
	a->segment = 5;
	b->generation = 1;
	b->segment = 9;
	/* The last one may still be written to. */
	a->limit = (uint64_t)HOUR * 1000 - NEED_AGE_MARGIN - 1000;
	assert_string_equal(needed(&need), "1120");
	a->limit += 1000;
	assert_string_equal(needed(&need), "1100");
	b->limit = 1;
	a->limit = 0;
	assert_string_equal(needed(&need), "1100");
	need_leave(a);
	need_leave(b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_stands_nowhere_needs_all),
		cmocka_unit_test(all_from_where_it_stands_is_needed),
		cmocka_unit_test(who_needs_most_counts),
		cmocka_unit_test(what_is_too_old_for_all_is_needed_by_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
