/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"
#include "wal/crc32c.h"
#include "wal/mark.h"

/* The place past the record ${index} in ${fd}, and its number of bytes. */
static struct wal_place
place_of(int fd, int index)
{
	struct wal_place place = { .first = wal_content_first(fd) };
	struct wal_segment *segment;
	struct wal_record rec;

	segment = wal_segment_open(scratch_dup(fd), 0, true);
	assert_non_null(segment);
	for (; index >= 0; index--)
		assert_int_equal(wal_segment_next(segment, &rec), WAL_OK);
	wal_place_move(&place, &rec, wal_content_of(rec.data, rec.len));
	wal_segment_free(segment);
	return place;
}

/* A segment of samples at ${time}, ... and a record of two pages. */
static int
write_segment(int64_t time, int count)
{
	static uint8_t large[2 * WAL_PAGE_SIZE];
	struct writer writer = { 0 };
	int i, fd = scratch_file();

	writer_open(&writer, fd);
	for (i = 0; i < count; i++)
		writer_sample(&writer, 1, time + i, 1.0);
	writer_log(&writer, large, sizeof(large));
	writer_close(&writer);
	return fd;
}

static void
a_place_is_where_its_last_fragment_ends(void **state)
{
	struct wal_place place;
	int fd = write_segment(1, 2);

	(void)state;
	place = place_of(fd, 1);
	assert_int_equal(place.offset, 68);
	assert_int_equal(place.fragment, 34);
	assert_int_equal(place.stored.len, 27);
	assert_int_equal(place.record.len, 27);
	place = place_of(fd, 2);
	assert_int_equal(place.offset, scratch_size(fd));
	assert_int_equal(place.fragment, 2 * WAL_PAGE_SIZE);
	assert_int_equal(
	    place.stored.len, place.offset - place.fragment - WRITER_HEADER);
	assert_int_equal(place.record.len, 2 * WAL_PAGE_SIZE);
	assert_true(wal_place_has_record(&place));
	(void)close(fd);
}

static void
a_place_holds_in_the_same_bytes_only(void **state)
{
	int fd = write_segment(1, 3), other;
	struct wal_place place = place_of(fd, 1), large = place_of(fd, 3);

	(void)state;
	assert_true(wal_place_holds(&place, fd));
	assert_true(wal_place_holds(&large, fd));
	other = write_segment(1, 3);
	assert_true(wal_place_holds(&place, other));
	/* More, or less but enough. */
	assert_int_equal(ftruncate(other, 68), 0);
	assert_true(wal_place_holds(&place, other));
	assert_int_equal(ftruncate(other, 67), 0);
	assert_false(wal_place_holds(&place, other));
	(void)close(other);
	/* Another first record, or another last one. */
	other = write_segment(2, 3);
	assert_false(wal_place_holds(&place, other));
	(void)close(other);
	scratch_flip(fd, 34 + 6, 0x01);
	assert_false(wal_place_holds(&place, fd));
	scratch_flip(fd, 34 + 6, 0x01);
	scratch_flip(fd, 34 + 2, 0x01);
	assert_false(wal_place_holds(&place, fd));
	scratch_flip(fd, 34 + 2, 0x01);
	scratch_flip(fd, 3, 0x01);
	assert_false(wal_place_holds(&place, fd));
	(void)close(fd);
}

static void
the_start_of_a_file_holds_in_any(void **state)
{
	struct wal_place place = { 0 };
	int fd = scratch_file();

	(void)state;
	assert_true(wal_place_holds(&place, fd));
	place.offset = 1;
	assert_false(wal_place_holds(&place, fd));
	(void)close(fd);
}

static void
the_end_of_a_segment_is_a_place_without_a_record(void **state)
{
	struct wal_dir_entry entry = { .number = 7, .name = "00000007" };
	struct writer writer = { 0 };
	struct wal_place place;
	char *dir = scratch_dir();
	const struct wal_log log = { .path = dir };
	int fd;

	(void)state;
	wal_place_end(&place, &log, &entry);
	assert_int_equal(place.segment, 7);
	assert_int_equal(place.offset, 0);
	writer_open_dir(&writer, dir, 7);
	writer_sample(&writer, 1, 1000, 1.0);
	wal_place_end(&place, &log, &entry);
	assert_int_equal(place.offset, 34);
	assert_false(wal_place_has_record(&place));
	assert_int_equal(place.first.len, 27);
	writer_sample(&writer, 1, 2000, 1.0);
	fd = wal_dir_open_segment(dir, entry.name);
	assert_true(wal_place_holds(&place, fd));
	(void)close(fd);
	writer_close(&writer);
	scratch_remove(dir);
}

static void
the_record_before_the_first_damage_is_remembered(void **state)
{
	struct wal_place place = { .record = { 3, 33 } };

	(void)state;
	wal_place_damage(&place);
	place.record = (struct wal_content){ 4, 44 };
	wal_place_damage(&place);
	assert_int_equal(place.damaged, 1);
	assert_int_equal(place.sound.crc, 33);
}

static void
content_is_length_and_checksum(void **state)
{
	const uint8_t data[] = "123456789";
	struct wal_content content = wal_content_of(data, 9);

	(void)state;
	assert_int_equal(content.len, 9);
	assert_int_equal(content.crc, 0xe3069283);
	assert_true(wal_content_is(&content, data, 9));
	assert_false(wal_content_is(&content, data, 8));
	content.crc++;
	assert_false(wal_content_is(&content, data, 9));
}

static void
the_ends_of_the_last_few_segments_are_remembered(void **state)
{
	struct wal_content first = { 5, 55 };
	struct wal_mark mark = { 0 };
	uint64_t i;

	(void)state;
	wal_mark_enter(&mark, 1, &first);
	assert_int_equal(mark.before_len, 0); /* Of 0 nothing was read. */
	for (i = 2; i < 9; i++) {
		mark.at.offset = i * 100;
		wal_mark_enter(&mark, i, &first);
		assert_int_equal(mark.at.segment, i);
		assert_int_equal(mark.at.offset, 0);
		assert_int_equal(mark.at.first.crc, 55);
		assert_int_equal(mark.before_len,
		    i - 1 < WAL_MARK_BEFORE ? i - 1 : WAL_MARK_BEFORE);
		assert_int_equal(mark.before[0].segment, i - 1);
		assert_int_equal(mark.before[0].offset, i * 100);
	}
	assert_int_equal(mark.before[3].segment, 4);
	/* A place in a checkpoint is none of a segment. */
	mark.inside = 1;
	mark.checkpoint = 8;
	mark.at.offset = 77;
	wal_mark_enter(&mark, 9, &first);
	assert_int_equal(mark.inside, 0);
	assert_int_equal(mark.before[0].segment, 7);
}

static void
marks_are_in_the_order_of_reading(void **state)
{
	/* Each comes before the next. */
	const struct wal_mark marks[] = {
		{ .generation = 0, .at = { .segment = 9, .offset = 9 } },
		{ .generation = 1, .at = { .segment = 4, .offset = 9 } },
		{ .generation = 1, .inside = 1, .checkpoint = 4 },
		{ .generation = 1,
		    .inside = 1,
		    .checkpoint = 4,
		    .at = { .segment = 0, .offset = 5 } },
		{ .generation = 1,
		    .inside = 1,
		    .checkpoint = 4,
		    .at = { .segment = 1, .offset = 2 } },
		{ .generation = 1, .at = { .segment = 5, .offset = 0 } },
		{ .generation = 1, .at = { .segment = 5, .offset = 1 } },
		{ .generation = 1, .at = { .segment = 6, .offset = 0 } },
	};
	size_t i, j, count = sizeof(marks) / sizeof(*marks);

	(void)state;
	for (i = 0; i < count; i++)
		for (j = 0; j < count; j++)
			assert_int_equal(wal_mark_compare(&marks[i], &marks[j]),
			    (i > j) - (i < j));
	assert_int_equal(wal_mark_position(&marks[3]).segment, 4);
	assert_int_equal(wal_mark_position(&marks[3]).offset, 5);
	assert_int_equal(wal_mark_position(&marks[6]).segment, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_is_where_its_last_fragment_ends),
		cmocka_unit_test(a_place_holds_in_the_same_bytes_only),
		cmocka_unit_test(the_start_of_a_file_holds_in_any),
		cmocka_unit_test(
		    the_end_of_a_segment_is_a_place_without_a_record),
		cmocka_unit_test(
		    the_record_before_the_first_damage_is_remembered),
		cmocka_unit_test(content_is_length_and_checksum),
		cmocka_unit_test(
		    the_ends_of_the_last_few_segments_are_remembered),
		cmocka_unit_test(marks_are_in_the_order_of_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
