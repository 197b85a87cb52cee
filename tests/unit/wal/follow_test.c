/* SPDX-License-Identifier: Apache-2.0 */
/* The follower along one log that lives as logs do. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/tail.h"
#include "wal/unpack.h"

/* What to do before the directory is next listed, as Prometheus might. */
static void (*before_look)(struct writer *writer);
static struct writer *writer_then;

enum wal_status __real_wal_dir_read(struct wal_dir *dir, const char *path);
enum wal_status __wrap_wal_dir_read(struct wal_dir *dir, const char *path);

enum wal_status
__wrap_wal_dir_read(struct wal_dir *dir, const char *path)
{
	void (*act)(struct writer *) = before_look;

	before_look = NULL;
	if (act != NULL)
		act(writer_then);
	return __real_wal_dir_read(dir, path);
}

/* How often there is no memory. */
static unsigned int no_memory;

enum wal_status __real_wal_unpack_record(struct wal_unpack *unpack,
    const struct wal_record *rec, const uint8_t **ret_data, size_t *ret_len);
enum wal_status __wrap_wal_unpack_record(struct wal_unpack *unpack,
    const struct wal_record *rec, const uint8_t **ret_data, size_t *ret_len);

enum wal_status
__wrap_wal_unpack_record(struct wal_unpack *unpack,
    const struct wal_record *rec, const uint8_t **ret_data, size_t *ret_len)
{
	if (no_memory == 0)
		return __real_wal_unpack_record(unpack, rec, ret_data, ret_len);
	no_memory--;
	return WAL_NOMEM;
}

static void
a_record_for_which_there_was_no_memory_comes_when_there_is(void **state)
{
	struct wal_entry entry;
	struct tail tail;
	int i;

	(void)state;
	tail_open(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	no_memory = 3;
	for (i = 0; i < 3; i++)
		assert_int_equal(
		    wal_follow_next(tail.follow, &entry), WAL_NOMEM);
	assert_string_equal(tail_read(&tail), "t1000* t2000*");
	tail_close(&tail);
}

static void
records_come_as_they_are_written(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "");
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "s1* t1000*");
	assert_string_equal(tail_read(&tail), "");
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

static void
an_entry_says_what_where_and_how_large_it_is(void **state)
{
	struct wal_position position;
	struct wal_entry entry;
	struct tail tail;
	int i;

	(void)state;
	tail_open(&tail, 7);
	tail.writer.codec = WAL_ZSTD;
	writer_series(&tail.writer, 1, "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL);
	tail.writer.codec = WAL_PLAIN;
	writer_log(&tail.writer,
	    (const uint8_t *)"\x0e"
			     "abc",
	    4);
	writer_log(&tail.writer, NULL, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);

	assert_int_equal(wal_follow_next(tail.follow, &entry), WAL_OK);
	assert_int_equal(entry.type, WAL_SERIES);
	assert_int_equal(entry.codec, WAL_ZSTD);
	assert_int_equal(entry.len, 1 + 8 + 1 + 2 * (2 + 31));
	assert_true(entry.packed < entry.len);
	assert_int_equal(entry.stored, entry.packed + WRITER_HEADER);
	assert_int_equal(entry.end.segment, 7);
	assert_int_equal(entry.end.offset, entry.stored);
	assert_false(entry.checkpoint);

	assert_int_equal(wal_follow_next(tail.follow, &entry), WAL_OK);
	assert_int_equal(entry.type, 14);
	assert_int_equal(entry.codec, WAL_PLAIN);
	assert_memory_equal(entry.data,
	    "\x0e"
	    "abc",
	    4);
	position = wal_follow_position(tail.follow);
	assert_int_equal(position.segment, 7);
	assert_int_equal(position.offset, entry.end.offset);

	assert_int_equal(wal_follow_next(tail.follow, &entry), WAL_OK);
	assert_int_equal(entry.type, WAL_EMPTY);
	assert_int_equal(entry.len, 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(wal_follow_next(tail.follow, &entry), WAL_END);
	tail_close(&tail);
	wal_follow_free(NULL);
}

static void
rotation_is_followed_when_all_was_read_before_it(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	writer_rotate(&tail.writer);
	assert_string_equal(tail_read(&tail), "");
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

static void
rotation_seen_with_records_yet_to_read_loses_none(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	writer_sample(&tail.writer, 1, 2000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 4000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000* t3000* t4000*");
	tail_close(&tail);
}

static void
write_and_rotate(struct writer *writer)
{
	writer_sample(writer, 1, 2000, 1.0);
	writer_rotate(writer);
	writer_sample(writer, 1, 3000, 1.0);
}

static void
what_is_written_between_the_end_and_the_rotation_is_read(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	/* The end of the segment has been seen, its successor not yet. */
	before_look = write_and_rotate;
	writer_then = &tail.writer;
	assert_string_equal(tail_read(&tail), "t2000* t3000*");
	assert_null(before_look);
	tail_close(&tail);
}

static void
a_record_half_written_at_the_first_look_is_waited_for(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	tail.writer.hold = true;
	writer_sample(&tail.writer, 1, 1000, 1.0);
	(void)writer_write(&tail.writer, 9);
	assert_string_equal(tail_read(&tail), "");
	(void)writer_write(&tail.writer, 8);
	assert_string_equal(tail_read(&tail), "");
	(void)writer_write(&tail.writer, SIZE_MAX);
	assert_string_equal(tail_read(&tail), "t1000*");
	tail_close(&tail);
}

static void
a_torn_end_is_told_once_the_next_segment_exists(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0); /* 34 bytes. */
	tail.writer.hold = true;
	writer_sample(&tail.writer, 1, 2000, 1.0);
	(void)writer_write(&tail.writer, 12);
	assert_string_equal(tail_read(&tail), "t1000*");
	tail.writer.queued = 0; /* Killed. */
	tail.writer.hold = false;
	writer_crash(&tail.writer);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	assert_string_equal(tail_read(&tail), "torn@0:34+12 t3000*");
	tail_close(&tail);
}

static void
an_unpadded_end_is_no_damage(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	writer_crash(&tail.writer);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000* t2000*");
	tail_close(&tail);
}

static void
damage_is_told_with_segment_and_offset_and_reading_goes_on(void **state)
{
	struct tail tail;
	char *path;
	int fd;

	(void)state;
	tail_open(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	path = scratch_path(tail.wal, "00000001");
	fd = open(path, O_RDWR | O_CLOEXEC);
	scratch_flip(fd, 20, 0x01);
	(void)close(fd);
	free(path);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000* damaged@1:0 t3000*");
	assert_string_equal(
	    wal_follow_notice(tail.follow)->reason, "checksum does not match");
	tail_close(&tail);
}

static void
damage_at_an_unpadded_end_is_told_once(void **state)
{
	struct tail tail;
	char *path;
	int fd;

	(void)state;
	tail_open(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	path = scratch_path(tail.wal, "00000000");
	fd = open(path, O_RDWR | O_CLOEXEC);
	scratch_flip(fd, 20, 0x01);
	(void)close(fd);
	free(path);
	writer_crash(&tail.writer);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "damaged@0:0 t2000*");
	tail_close(&tail);
}

static void
a_record_that_does_not_decompress_costs_only_itself(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0); /* 34 bytes. */
	writer_fragment(&tail.writer, WRITER_FULL | WRITER_SNAPPY,
	    (const uint8_t *)"\xff\xff\xff", 3);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000* damaged@0:34 t2000*");
	tail_close(&tail);
}

static void
a_segment_deleted_while_held_is_read_to_its_end(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&tail, 1), "t1000*");
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	tail_delete(&tail, 0);
	assert_string_equal(tail_read(&tail), "t2000* t3000*");
	tail_close(&tail);
}

static void
numbers_go_on_beyond_eight_digits(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 99999999);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000*");
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

static void
names_that_are_not_ours_do_not_matter(void **state)
{
	static const char *const names[] = { "00000000.repair", "00000009.tmp",
		"checkpoint.00000009.tmp", "9x" };
	struct tail tail;
	size_t i;

	(void)state;
	tail_open(&tail, 0);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		scratch_do(tail_mkdir, tail.wal, names[i]);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000*");
	tail_close(&tail);
}

static int
make_link(const char *path)
{
	return symlink("00000000", path);
}

static int
make_fifo(const char *path)
{
	return mkfifo(path, 0666);
}

static void
what_is_no_file_in_a_segments_place_is_damage_and_passed_over(void **state)
{
	int (*const acts[])(
	    const char *) = { make_link, make_fifo, tail_mkdir };
	struct tail tail;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		tail_open(&tail, 0);
		writer_sample(&tail.writer, 1, 1000, 1.0);
		scratch_do(acts[i], tail.wal, "00000001");
		tail.writer.number = 1; /* Go on with 2. */
		writer_rotate(&tail.writer);
		writer_sample(&tail.writer, 1, 2000, 1.0);
		tail_follow(&tail, WAL_FROM_OLDEST);
		assert_string_equal(
		    tail_read(&tail), "t1000* damaged@1:0 t2000*");
		tail_close(&tail);
	}
}

static void
without_patience_the_same_comes(void **state)
{
	struct wal_entry entry;
	struct tail tail;
	enum wal_status st;
	int i, got = 0;

	(void)state;
	tail_open(&tail, 0);
	tail.writer.segment_max = 2 * WAL_PAGE_SIZE;
	for (i = 0; i < 10000; i++)
		writer_sample(&tail.writer, 1, i, 1.0);
	tail.follow = wal_follow_open(&(struct wal_follow_options){
	    .path = tail.wal, .from = WAL_FROM_OLDEST });
	while ((st = wal_follow_next(tail.follow, &entry)) != WAL_END)
		if (st == WAL_OK)
			got++;
		else
			assert_int_equal(st, WAL_WAIT);
	assert_int_equal(got, 10000);
	assert_true(tail.writer.number > 3);
	tail_close(&tail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_as_they_are_written),
		cmocka_unit_test(an_entry_says_what_where_and_how_large_it_is),
		cmocka_unit_test(
		    rotation_is_followed_when_all_was_read_before_it),
		cmocka_unit_test(
		    rotation_seen_with_records_yet_to_read_loses_none),
		cmocka_unit_test(
		    what_is_written_between_the_end_and_the_rotation_is_read),
		cmocka_unit_test(
		    a_record_half_written_at_the_first_look_is_waited_for),
		cmocka_unit_test(
		    a_torn_end_is_told_once_the_next_segment_exists),
		cmocka_unit_test(an_unpadded_end_is_no_damage),
		cmocka_unit_test(
		    damage_is_told_with_segment_and_offset_and_reading_goes_on),
		cmocka_unit_test(damage_at_an_unpadded_end_is_told_once),
		cmocka_unit_test(
		    a_record_that_does_not_decompress_costs_only_itself),
		cmocka_unit_test(
		    a_segment_deleted_while_held_is_read_to_its_end),
		cmocka_unit_test(numbers_go_on_beyond_eight_digits),
		cmocka_unit_test(names_that_are_not_ours_do_not_matter),
		cmocka_unit_test(
		    what_is_no_file_in_a_segments_place_is_damage_and_passed_over),
		cmocka_unit_test(
		    a_record_for_which_there_was_no_memory_comes_when_there_is),
		cmocka_unit_test(without_patience_the_same_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
