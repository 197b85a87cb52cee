/* SPDX-License-Identifier: Apache-2.0 */
/* A segment of which the disk cannot read something, however often asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/broken.h"
#include "tests/unit/wal/tail.h"
#include "tests/unit/wal/unreadable.h"

#define SECTOR 4096

/* Make ${count} sectors bad, from sector ${first} on. */
static void
make_bad(off_t first, off_t count)
{
	unreadable.from = first * SECTOR;
	unreadable.len = count * SECTOR;
}

static int
make_good(void **state)
{
	(void)state;
	unreadable.len = 0;
	return 0;
}

/* Records in pages 0, 1 and 2, with nothing over the end of a page. */
static int
three_pages(void)
{
	struct writer writer = { 0 };
	int i, fd = scratch_file();

	writer_open(&writer, fd);
	for (i = 0; i < 3; i++) {
		writer_log(&writer, noise() + i, LEN);
		writer_log(&writer, noise() + i, LEN);
		writer_pad(&writer);
	}
	writer_close(&writer);
	return fd;
}

static struct wal_segment *
open_segment(int fd)
{
	struct wal_segment *segment = wal_segment_open(fd, 0, true);

	assert_non_null(segment);
	return segment;
}

/* The next record must end at ${end}. */
static void
expect(struct wal_segment *segment, uint64_t end)
{
	struct wal_record rec;

	assert_int_equal(wal_segment_next(segment, &rec), WAL_OK);
	assert_int_equal(rec.end, end);
}

static void
what_is_on_the_page_is_given_up_and_nothing_else(void **state)
{
	struct wal_segment *segment = open_segment(three_pages());
	struct wal_record rec;

	(void)state;
	make_bad(8, 1);
	expect(segment, SIZE);
	expect(segment, 2 * SIZE);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_IO);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_IO);
	assert_true(wal_segment_give_up(segment));
	assert_int_equal(wal_segment_damage(segment).offset, PAGE);
	assert_string_equal(
	    wal_segment_damage(segment).reason, "cannot be read");
	assert_int_equal(wal_segment_skipped(segment), PAGE);
	expect(segment, 2 * PAGE + SIZE);
	expect(segment, 2 * PAGE + 2 * SIZE);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_END);
	wal_segment_free(segment);
}

static void
a_record_that_reaches_into_it_goes_with_it(void **state)
{
	struct writer writer = { 0 };
	int fd = scratch_file();
	struct wal_segment *segment = open_segment(fd);
	struct wal_record rec;

	(void)state;
	writer_open(&writer, scratch_dup(fd));
	writer_log(&writer, noise(), LEN);
	writer_log(&writer, noise(), 2 * PAGE);
	writer_pad(&writer);
	writer_log(&writer, noise(), LEN);
	writer_close(&writer);
	make_bad(9, 1);
	expect(segment, SIZE);
	while (wal_segment_next(segment, &rec) != WAL_IO)
		;
	assert_true(wal_segment_give_up(segment));
	expect(segment, 3 * PAGE + SIZE);
	/* Three fragments. */
	assert_int_equal(
	    wal_segment_skipped(segment), 2 * PAGE + 3 * WRITER_HEADER);
	wal_segment_free(segment);
}

static void
an_end_that_cannot_be_read_is_given_up(void **state)
{
	struct wal_segment *segment = open_segment(three_pages());
	struct wal_record rec;

	(void)state;
	make_bad(8, 16);
	expect(segment, SIZE);
	expect(segment, 2 * SIZE);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_IO);
	assert_true(wal_segment_give_up(segment));
	assert_int_equal(wal_segment_next(segment, &rec), WAL_END);
	wal_segment_free(segment);
}

/* As when a server of files is away. */
static void
where_nothing_can_be_read_nothing_is_given_up(void **state)
{
	struct wal_segment *segment = open_segment(three_pages());
	struct wal_record rec;

	(void)state;
	make_bad(0, 1 << 30);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_IO);
	assert_false(wal_segment_give_up(segment));
	make_good(NULL);
	expect(segment, SIZE);
	wal_segment_free(segment);
}

static void
it_is_told_as_damage_and_the_next_segments_are_read(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	writer_pad(&tail.writer);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	make_bad(8, 1);
	assert_string_equal(tail_read(&tail), "t1000* error=5");
	assert_string_equal(tail_read(&tail), "error=5");
	assert_true(wal_follow_give_up(tail.follow));
	assert_string_equal(tail_read(&tail), "damaged@0:32768 t3000*");
	tail_close(&tail);
}

static void
before_a_segment_is_open_there_is_nothing_to_give_up(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_false(wal_follow_give_up(tail.follow));
	tail_close(&tail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, make_good)
		TEST(what_is_on_the_page_is_given_up_and_nothing_else),
		TEST(a_record_that_reaches_into_it_goes_with_it),
		TEST(an_end_that_cannot_be_read_is_given_up),
		TEST(where_nothing_can_be_read_nothing_is_given_up),
		TEST(it_is_told_as_damage_and_the_next_segments_are_read),
		TEST(before_a_segment_is_open_there_is_nothing_to_give_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
