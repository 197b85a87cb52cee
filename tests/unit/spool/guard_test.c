/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/guard.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"

#define SEGMENTS 20u
#define PER_SEGMENT 3u /* Samples. */

/* A spool that holds what it is told. */
struct spool {
	struct spool_way way; /* At the head. */
	struct spool_table table;
	struct spool_segment segments[SEGMENTS];
	int files[SEGMENTS];
	struct spool_reader *readers;
	unsigned int dropped;
	enum spool_reason reason;
};

struct spool_table *
spool_segments(struct spool *spool)
{
	return &spool->table;
}

struct spool_reader *
spool_readers(const struct spool *spool)
{
	return spool->readers;
}

struct spool_way *
spool_way(struct spool *spool)
{
	return &spool->way;
}

void
spool_drop(struct spool *spool, struct spool_segment *segment,
    enum spool_reason reason)
{
	assert_true(segment->held);
	assert_int_equal(segment->name.number, spool->dropped);
	segment->held = false;
	spool->dropped++;
	spool->reason = reason;
}

static int
open_held(struct spool_way *way, const struct spool_name *name)
{
	struct spool *spool = (struct spool *)way;

	assert_true(spool->segments[name->number].held);
	return spool->files[name->number] == -1
	    ? -1
	    : scratch_dup(spool->files[name->number]);
}

static uint64_t
pinned(struct spool_way *way, const struct spool_name *name, dev_t *ret)
{
	(void)way;
	(void)name;
	*ret = 0;
	return 100;
}

struct scene {
	struct spool spool;
	struct lazy lazy;
	struct sim *sim;
	struct stats *stats;
	struct guard *guard;
	struct spool_reader reader, other;
	struct wal_mark mark;       /* Where the only reader is. */
	uint64_t ends[PER_SEGMENT]; /* Of the records of each. */
	unsigned int abandoned;
	int log; /* What was logged. */
};

static void
close_reader(void *arg, struct wal_mark *ret)
{
	struct scene *scene = arg;

	scene->abandoned++;
	*ret = scene->mark;
}

static void
fill(struct scene *scene, size_t i)
{
	struct writer writer = { 0 };
	int64_t j;

	writer_open(&writer, scene->spool.files[i]);
	for (j = 0; j < (int64_t)PER_SEGMENT; j++) {
		writer_sample(&writer, 1, (int64_t)i * 60000 + j * 1000, 1.0);
		scene->ends[j] = scratch_size(scene->spool.files[i]);
	}
	writer_close(&writer);
}

static int
set_up(void **state)
{
	static struct scene scene;
	struct spool *spool = &scene.spool;
	size_t i;

	scene = (struct scene){ .log = scratch_file() };
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(scene.log);
	lazy_init(&scene.lazy);
	scene.sim = sim_new(&(struct sim_receiver){ 0 });
	scene.stats = stats_new();
	spool->way.open = open_held;
	spool->way.pinned = pinned;
	spool->table.segments = spool->segments;
	spool->table.len = SEGMENTS;
	for (i = 0; i < SEGMENTS; i++) {
		spool->segments[i] = (struct spool_segment){
			.name = { 1, i },
			.last = SPOOL_LAST_NONE,
			.held = true,
		};
		spool->files[i] = scratch_file();
		fill(&scene, i);
	}
	scene.mark.generation = 1;
	scene.reader = (struct spool_reader){
		.close = close_reader,
		.arg = &scene,
	};
	spool->readers = &scene.reader;
	*state = &scene;
	return scene.sim == NULL || scene.stats == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;
	size_t i;

	guard_free(scene->guard);
	lazy_work(&scene->lazy);
	stats_free(scene->stats);
	sim_free(scene->sim);
	for (i = 0; i < SEGMENTS; i++)
		if (scene->spool.files[i] != -1)
			(void)close(scene->spool.files[i]);
	log_to(STDERR_FILENO);
	(void)close(scene->log);
	return 0;
}

/* Guard it; ${count} of the segments may be pinned. */
static void
begin(struct scene *scene, uint64_t count)
{
	scene->guard = guard_new(&(struct guard_options){
	    .worker = &scene->lazy.worker,
	    .stats = scene->stats,
	    .spool = &scene->spool,
	    .bounds.clock = sim_clock(scene->sim),
	    .bounds.max_bytes = count * 100,
	});
	assert_non_null(scene->guard);
}

static void
has_metric(struct scene *scene, const char *line)
{
	struct buf page;

	buf_init(&page, 1 << 16);
	stats_write(scene->stats, &page);
	assert_non_null(strstr(buf_text(&page), line));
	buf_release(&page);
}

/* How often ${text} was logged. */
static unsigned int
logged(struct scene *scene, const char *text)
{
	static char all[16384];
	ssize_t len = pread(scene->log, all, sizeof(all) - 1, 0);
	unsigned int count = 0;
	const char *at;

	assert_true(len >= 0);
	all[len] = '\0';
	for (at = all; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

static void
within_the_bounds_nothing_happens(void **state)
{
	struct scene *scene = *state;

	begin(scene, SEGMENTS);
	guard_check(scene->guard);
	assert_int_equal(scene->spool.dropped, 0);
	assert_int_equal(scene->abandoned, 0);
	assert_int_equal(scene->lazy.submitted, 0);
	guard_free(scene->guard);
	scene->guard = NULL;
	assert_int_equal(logged(scene, "\n"), 0);
}

static void
what_goes_is_counted_and_logged_once(void **state)
{
	struct scene *scene = *state;

	begin(scene, SEGMENTS - 2);
	guard_check(scene->guard);
	assert_int_equal(scene->spool.dropped, 2);
	assert_int_equal(scene->spool.reason, SPOOL_MAX_BYTES);
	assert_int_equal(scene->abandoned, 2);
	assert_int_equal(logged(scene, "\n"), 0);
	lazy_work(&scene->lazy);
	has_metric(
	    scene, "walship_spool_lost_entries_total{kind=\"sample\"} 6\n");
	has_metric(
	    scene, "walship_spool_lost_entries_total{kind=\"histogram\"} 0\n");
	assert_int_equal(logged(scene, "\n"), 1);
	assert_int_equal(logged(scene, "level=error"), 1);
	assert_int_equal(logged(scene, " reason=max_bytes "), 1);
	assert_int_equal(logged(scene, " segments=2 "), 1);
	assert_int_equal(logged(scene, " samples=6 "), 1);
	assert_int_equal(logged(scene,
			     " from=1970-01-01T00:00:00Z "
			     "to=1970-01-01T00:01:02Z\n"),
	    1);
}

static void
what_was_read_does_not_count(void **state)
{
	struct scene *scene = *state;

	scene->mark.at.segment = 1;
	scene->mark.at.offset = scene->ends[0];
	begin(scene, SEGMENTS - 3);
	guard_check(scene->guard);
	assert_int_equal(scene->spool.dropped, 3);
	lazy_work(&scene->lazy);
	assert_int_equal(logged(scene, " segments=2 "), 1);
	assert_int_equal(logged(scene, " samples=5 "), 1); /* Two, and three. */
	has_metric(
	    scene, "walship_spool_lost_entries_total{kind=\"sample\"} 5\n");
}

/* It may need all. */
static void
one_that_has_not_begun_has_read_nothing(void **state)
{
	struct scene *scene = *state;

	scene->mark.at.segment = 10;
	scene->reader.next = &scene->other;
	begin(scene, SEGMENTS - 3);
	guard_check(scene->guard);
	lazy_work(&scene->lazy);
	assert_int_equal(logged(scene, " segments=3 "), 1);
	assert_int_equal(logged(scene, " samples=9 "), 1);
}

static void
what_all_have_read_goes_without_a_word(void **state)
{
	struct scene *scene = *state;

	scene->mark.at.segment = 10;
	begin(scene, SEGMENTS - 3);
	guard_check(scene->guard);
	assert_int_equal(scene->spool.dropped, 3);
	lazy_work(&scene->lazy);
	assert_int_equal(logged(scene, "\n"), 0);
}

/* What is still being counted may still be on the disk. */
static void
no_more_go_before_those_that_went_are_counted(void **state)
{
	struct scene *scene = *state;

	begin(scene, 1);
	guard_check(scene->guard);
	assert_int_equal(scene->spool.dropped, GUARD_MAX);
	guard_check(scene->guard);
	assert_int_equal(scene->spool.dropped, GUARD_MAX);
	lazy_work(&scene->lazy);
	guard_check(scene->guard);
	assert_int_equal(scene->spool.dropped, SEGMENTS - 1);
	lazy_work(&scene->lazy);
	assert_int_equal(logged(scene, "\n"), 2);
	has_metric(
	    scene, "walship_spool_lost_entries_total{kind=\"sample\"} 57\n");
}

static void
what_cannot_be_read_goes_all_the_same(void **state)
{
	struct scene *scene = *state;

	(void)close(scene->spool.files[0]);
	scene->spool.files[0] = -1;
	begin(scene, SEGMENTS - 1);
	guard_check(scene->guard);
	assert_int_equal(scene->spool.dropped, 1);
	assert_int_equal(logged(scene, " segments=1 "), 1);
	assert_int_equal(logged(scene, " samples=0 "), 1);
}

static void
an_end_while_it_counts_is_told_too(void **state)
{
	struct scene *scene = *state;

	begin(scene, SEGMENTS - 1);
	guard_check(scene->guard);
	guard_free(scene->guard);
	scene->guard = NULL;
	lazy_work(&scene->lazy);
	assert_int_equal(logged(scene, " segments=1 "), 1);
}

static void
what_is_unread_is_known_by_the_place(void **state)
{
	const struct spool_segment closed = { .name = { 2, 17 }, .last = 3 };
	const struct spool_segment open = { .name = { 2, 17 },
		.last = SPOOL_LAST_NONE };
	struct wal_mark mark = { .generation = 1, .at.segment = 99 };

	(void)state;
	assert_int_equal(guard_unread(&closed, &mark), 0);
	mark.generation = 4;
	mark.at.segment = 0;
	assert_true(guard_unread(&closed, &mark) == GUARD_READ);
	assert_int_equal(guard_unread(&open, &mark), 0);
	mark.generation = 3;
	assert_int_equal(guard_unread(&closed, &mark), 0);
	mark.at = (struct wal_place){ .segment = 17, .offset = 1234 };
	assert_int_equal(guard_unread(&closed, &mark), 1234);
	mark.at.segment = 18;
	assert_true(guard_unread(&closed, &mark) == GUARD_READ);
	mark.inside = 1;
	mark.checkpoint = 17;
	assert_true(guard_unread(&closed, &mark) == GUARD_READ);
	mark.checkpoint = 16;
	assert_int_equal(guard_unread(&closed, &mark), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(within_the_bounds_nothing_happens),
		TEST(what_goes_is_counted_and_logged_once),
		TEST(what_was_read_does_not_count),
		TEST(one_that_has_not_begun_has_read_nothing),
		TEST(what_all_have_read_goes_without_a_word),
		TEST(no_more_go_before_those_that_went_are_counted),
		TEST(what_cannot_be_read_goes_all_the_same),
		TEST(an_end_while_it_counts_is_told_too),
		TEST(what_is_unread_is_known_by_the_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
