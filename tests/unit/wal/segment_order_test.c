/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a segment makes of sound fragments in a wrong order, and what it believes
 * to be a fragment when it has to search for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/broken.h"

/* Fragments of these kinds, each of LEN bytes, and then a full one. */
static int
fragments(const uint8_t *kinds, size_t count)
{
	struct writer writer = { 0 };
	int fd = scratch_file();
	size_t i;

	writer_open(&writer, fd);
	for (i = 0; i < count; i++)
		writer_fragment(&writer, kinds[i], noise(), LEN);
	writer_fragment(&writer, WRITER_FULL, noise(), LEN);
	writer_pad(&writer);
	writer_close(&writer);
	return fd;
}

static void
a_record_without_its_end_is_told_where_it_begins(void **state)
{
	static const uint8_t first[] = { WRITER_FIRST };
	static const uint8_t twice[] = { WRITER_FIRST, WRITER_MIDDLE,
		WRITER_FIRST, WRITER_LAST };

	(void)state;
	check(
	    fragments(first, 1), "!0 record without its end\n107-214\n", SIZE);
	check(fragments(twice, 4),
	    "!0 record without its end\n214-428\n428-535\n", 2 * SIZE);
}

static void
what_is_torn_behind_a_record_without_its_end_is_not_damage(void **state)
{
	static const uint8_t twice[] = { WRITER_FIRST, WRITER_FIRST };
	int fd = fragments(twice, 2);
	struct wal_segment *segment = wal_segment_open(fd, 0, true);
	struct trace *trace = trace_new();
	uint64_t from, unread;

	(void)state;
	assert_non_null(segment);
	assert_int_equal(ftruncate(fd, 2 * SIZE), 0);
	assert_int_equal(trace_read(trace, segment), WAL_END);
	assert_string_equal(trace->text, "!0 record without its end\n");
	assert_int_equal(wal_segment_unread(segment, &from, &unread), WAL_OK);
	assert_int_equal(from, SIZE);
	assert_int_equal(unread, SIZE);
	assert_int_equal(wal_segment_skipped(segment), SIZE);
	trace_free(trace);
	wal_segment_free(segment);
}

static void
a_record_without_its_beginning_is_told_once(void **state)
{
	static const uint8_t middle[] = { WRITER_MIDDLE, WRITER_MIDDLE,
		WRITER_LAST };
	static const uint8_t last[] = { WRITER_FULL, WRITER_LAST };

	(void)state;
	check(fragments(middle, 3),
	    "!0 record without its beginning\n321-428\n", 3 * SIZE);
	check(fragments(last, 2),
	    "0-107\n!107 record without its beginning\n214-321\n", SIZE);
}

static void
padding_inside_a_record_ends_it(void **state)
{
	struct writer writer = { 0 };
	int fd = scratch_file();

	(void)state;
	writer_open(&writer, fd);
	writer_fragment(&writer, WRITER_FIRST, noise(), LEN);
	writer_pad(&writer);
	writer_fragment(&writer, WRITER_LAST, noise(), LEN);
	writer_fragment(&writer, WRITER_FULL, noise(), LEN);
	writer_pad(&writer);
	writer_close(&writer);
	check(fd, "!107 padding in a record\n32875-32982\n", PAGE + SIZE);
}

static void
seven_bytes_like_an_empty_fragment_prove_nothing(void **state)
{
	/* The data of the broken record is full of them: kind, 6 zeros. */
	static const uint8_t decoys[] = { WRITER_FULL, 0, 0, 0, 0, 0, 0,
		WRITER_FIRST, 0, 0, 0, 0, 0, 0, WRITER_LAST, 0, 0, 0, 0, 0, 0 };
	struct writer writer = { 0 };
	int fd = scratch_file();

	(void)state;
	writer_open(&writer, fd);
	writer_log(&writer, decoys, sizeof(decoys));
	writer_log(&writer, noise(), LEN);
	writer_pad(&writer);
	writer_close(&writer);
	scratch_flip(fd, 2, sizeof(decoys) ^ 7); /* Now ends at one of them. */
	check(fd, "!0 checksum does not match\n28-135\n", 28);
}

static void
a_fragment_with_unknown_bits_proves_nothing(void **state)
{
	int fd = three_and_one();

	(void)state;
	scratch_flip(fd, 1, 0xff);
	scratch_flip(fd, SIZE, 0x20);
	check(fd, "!0 impossible fragment length\n214-321\n32768-32875\n",
	    2 * SIZE);
}

static void
an_empty_fragment_that_ends_its_page_is_believed(void **state)
{
	struct writer writer = { 0 };
	int fd = scratch_file();

	(void)state;
	writer_open(&writer, fd);
	writer_log(&writer, noise(), PART_MAX - 7);
	writer_log(&writer, noise(), LEN); /* A first without data. */
	writer_close(&writer);
	scratch_flip(fd, 50, 0x01);
	check(fd, "!0 checksum does not match\n32761-32875\n", PAGE - 7);
}

static void
a_whole_record_behind_damage_is_found_though_its_page_has_no_end(void **state)
{
	int fd = three_and_one();

	(void)state;
	assert_int_equal(ftruncate(fd, 3 * SIZE), 0);
	scratch_flip(fd, 50, 0x01);
	check(fd, "!0 checksum does not match\n107-214\n214-321\n", SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_record_without_its_end_is_told_where_it_begins),
		cmocka_unit_test(
		    what_is_torn_behind_a_record_without_its_end_is_not_damage),
		cmocka_unit_test(a_record_without_its_beginning_is_told_once),
		cmocka_unit_test(padding_inside_a_record_ends_it),
		cmocka_unit_test(
		    seven_bytes_like_an_empty_fragment_prove_nothing),
		cmocka_unit_test(a_fragment_with_unknown_bits_proves_nothing),
		cmocka_unit_test(
		    an_empty_fragment_that_ends_its_page_is_believed),
		cmocka_unit_test(
		    a_whole_record_behind_damage_is_found_though_its_page_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
