/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

#include "agent/spool/toll.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/wal/compose.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"

/* A segment, and what is counted in it. */
struct scene {
	struct lazy lazy;
	struct writer writer;
	int fd;
	struct toll *toll;
	unsigned int told;
	struct toll_count count;
};

static int
set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .fd = scratch_file() };
	lazy_init(&scene.lazy);
	writer_open(&scene.writer, scene.fd);
	*state = &scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	toll_free(scene->toll);
	lazy_work(&scene->lazy);
	writer_close(&scene->writer);
	if (scene->fd != -1)
		(void)close(scene->fd);
	return 0;
}

static void
done(void *arg, struct toll *toll, const struct toll_count *count)
{
	struct scene *scene = arg;

	assert_ptr_equal(toll, scene->toll);
	scene->told++;
	scene->count = *count;
	toll_free(scene->toll);
	scene->toll = NULL;
}

static void
begin(struct scene *scene, uint64_t offset)
{
	scene->toll = toll_new(&(struct toll_options){
	    .worker = &scene->lazy.worker,
	    .fd = scene->fd,
	    .offset = offset,
	    .done = done,
	    .arg = scene,
	});
	assert_non_null(scene->toll);
}

static const struct toll_count *
count_from(struct scene *scene, uint64_t offset)
{
	unsigned int before = scene->told;

	begin(scene, offset);
	lazy_work(&scene->lazy);
	assert_int_equal(scene->told, before + 1);
	return &scene->count;
}

/* Log two exemplars. */
static void
log_exemplars(struct writer *writer)
{
	struct compose record = { 0 };
	int i;

	compose_u8(&record, WAL_EXEMPLARS);
	compose_be64(&record, 10);
	compose_be64(&record, 1); /* Their times count for nothing. */
	for (i = 0; i < 2; i++) {
		compose_varint(&record, 0);
		compose_varint(&record, 0);
		compose_double(&record, 1.5);
		compose_uvarint(&record, 0);
	}
	writer_log(writer, record.data, record.len);
	compose_release(&record);
}

/* Log a histogram of ${time}, without a bucket. */
static void
log_histogram(struct writer *writer, int64_t time)
{
	struct compose record = { 0 };

	compose_u8(&record, WAL_FLOAT_HISTOGRAMS);
	compose_be64(&record, 100);
	compose_be64(&record, (uint64_t)time);
	compose_varint(&record, 0);
	compose_varint(&record, 0);
	compose_u8(&record, 2);
	compose_varint(&record, 0);
	compose_double(&record, 0.5);
	compose_double(&record, 1);
	compose_double(&record, 10);
	compose_double(&record, 3.5);
	compose_uvarint(&record, 0);
	compose_uvarint(&record, 0);
	compose_uvarint(&record, 0);
	compose_uvarint(&record, 0);
	writer_log(writer, record.data, record.len);
	compose_release(&record);
}

static void
all_kinds_are_counted_with_their_time_span(void **state)
{
	struct scene *scene = *state;
	const struct toll_count *count;

	scene->writer.codec = WAL_SNAPPY;
	writer_series(&scene->writer, 1, "__name__", "up", NULL);
	writer_sample(&scene->writer, 1, 2000, 1.0);
	writer_sample(&scene->writer, 1, 1000, 1.0);
	log_histogram(&scene->writer, 3000);
	log_exemplars(&scene->writer);
	count = count_from(scene, 0);
	assert_int_equal(count->samples, 2);
	assert_int_equal(count->histograms, 1);
	assert_int_equal(count->exemplars, 2);
	assert_int_equal(count->first, 1000);
	assert_int_equal(count->last, 3000);
	assert_int_equal(count->bytes, scratch_size(scene->fd));
}

static void
what_was_read_before_does_not_count(void **state)
{
	struct scene *scene = *state;
	const struct toll_count *count;
	uint64_t offset;

	writer_sample(&scene->writer, 1, 1000, 1.0);
	offset = scratch_size(scene->fd);
	writer_sample(&scene->writer, 1, 2000, 1.0);
	count = count_from(scene, offset);
	assert_int_equal(count->samples, 1);
	assert_int_equal(count->first, 2000);
	assert_int_equal(count->last, 2000);
	assert_int_equal(count->bytes, scratch_size(scene->fd) - offset);
	count = count_from(scene, scratch_size(scene->fd));
	assert_int_equal(count->samples, 0);
	assert_int_equal(count->bytes, 0);
	assert_int_equal(count_from(scene, UINT32_MAX)->samples, 0);
}

static void
damage_is_read_over(void **state)
{
	struct scene *scene = *state;
	uint64_t second;

	writer_sample(&scene->writer, 1, 1000, 1.0);
	second = scratch_size(scene->fd);
	writer_sample(&scene->writer, 1, 2000, 1.0);
	writer_sample(&scene->writer, 1, 3000, 1.0);
	scratch_flip(scene->fd, second + WRITER_HEADER + 3, 0xff);
	assert_int_equal(count_from(scene, 0)->samples, 2);
}

static void
a_large_segment_is_counted_in_more_than_one_job(void **state)
{
	static uint8_t filler[1u << 20];
	struct scene *scene = *state;
	unsigned int i;

	filler[0] = WAL_TOMBSTONES;
	for (i = 0; i < 20; i++) {
		writer_sample(&scene->writer, 1, i, 1.0);
		writer_log(&scene->writer, filler, sizeof(filler));
	}
	assert_int_equal(count_from(scene, 0)->samples, 20);
	assert_int_equal(scene->lazy.submitted, 3);
}

static void
the_descriptor_may_be_closed_at_once(void **state)
{
	struct scene *scene = *state;

	writer_sample(&scene->writer, 1, 1000, 1.0);
	begin(scene, 0);
	(void)close(scene->fd);
	scene->fd = -1;
	lazy_work(&scene->lazy);
	assert_int_equal(scene->count.samples, 1);
}

static void
one_that_is_freed_is_silent(void **state)
{
	struct scene *scene = *state;

	writer_sample(&scene->writer, 1, 1000, 1.0);
	begin(scene, 0);
	toll_free(scene->toll);
	scene->toll = NULL;
	lazy_work(&scene->lazy);
	assert_int_equal(scene->told, 0);
}

static void
what_cannot_be_opened_is_told(void **state)
{
	struct scene *scene = *state;

	assert_null(toll_new(&(struct toll_options){
	    .worker = &scene->lazy.worker,
	    .fd = -1,
	    .done = done,
	}));
	assert_int_equal(errno, EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(all_kinds_are_counted_with_their_time_span),
		TEST(what_was_read_before_does_not_count),
		TEST(damage_is_read_over),
		TEST(a_large_segment_is_counted_in_more_than_one_job),
		TEST(the_descriptor_may_be_closed_at_once),
		TEST(one_that_is_freed_is_silent),
		TEST(what_cannot_be_opened_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
