/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/ship/head.h"
#include "tests/unit/wal/scratch.h"

/* Write ${len} bytes to the file ${name} of ${dir}. */
static void
put(const char *dir, const char *name, size_t len)
{
	static const char bytes[100];
	char *path = scratch_path(dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	free(path);
}

/* A directory in which the segments 3 and 5 are, of 100 and 7 bytes. */
static int
set_up(void **state)
{
	char *dir = scratch_dir();

	put(dir, "00000003", 100);
	put(dir, "00000005", 7);
	*state = dir;
	return 0;
}

static int
tear_down(void **state)
{
	scratch_remove(*state);
	return 0;
}

static void
the_end_is_that_of_the_last_segment(void **state)
{
	struct head head = { 0 };
	struct wal_position end;

	head_look(&head, *state);
	assert_true(head_end(&head, &end));
	assert_int_equal(end.segment, 5);
	assert_int_equal(end.offset, 7);
	assert_int_equal(head_bytes(&head), 107);
	head_release(&head);
}

static void
without_a_log_there_is_no_end(void **state)
{
	struct wal_position end;
	struct head head = { 0 };

	head_look(&head, *state);
	head_look(&head, "/nowhere/at/all");
	assert_false(head_end(&head, &end));
	assert_int_equal(head_behind(&head, (struct wal_position){ 0, 0 }), 0);
	head_release(&head);
}

static void
what_is_behind_counts_segments_that_are_gone_as_whole_ones(void **state)
{
	static const struct {
		struct wal_position from;
		uint64_t behind;
	} cases[] = {
		{ { 5, 7 }, 0 },
		{ { 5, 2 }, 5 },
		{ { 6, 0 }, 0 },
		{ { 5, 90 }, 0 },
		{ { 4, 0 }, HEAD_SEGMENT_BYTES + 7 },
		{ { 3, 60 }, 40 + HEAD_SEGMENT_BYTES + 7 },
		{ { 1, 0 }, 3 * HEAD_SEGMENT_BYTES + 107 },
	};
	struct head head = { 0 };
	size_t i;

	head_look(&head, *state);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    head_behind(&head, cases[i].from), cases[i].behind);
	head_release(&head);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_end_is_that_of_the_last_segment),
		TEST(without_a_log_there_is_no_end),
		TEST(
		    what_is_behind_counts_segments_that_are_gone_as_whole_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
