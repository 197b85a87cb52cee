/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "agent/base/log.h"
#include "agent/spool/heritage.h"
#include "agent/spool/link.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/wal/tail.h"

#define SEGMENTS 5u /* 0 and on, of which the first two were saved. */
#define SAVED 2u

/* A log, of which all segments are held as ones of generation 3. */
struct scene {
	struct tail tail;
	char *held;
	struct lazy lazy;
	struct spool_way *way;
	struct stats *stats;
	struct gauges gauges;
	struct spool_table table;
	struct scan scan;
};

static void
path_of(char *out, const char *dir, const char *name)
{
	(void)snprintf(out, PATH_MAX, "%s/%s", dir, name);
}

/* Link the segment ${number} as ${name}. */
static void
hold_as(struct scene *scene, unsigned int number, const char *name)
{
	char file[WAL_NAME_MAX], from[PATH_MAX], to[PATH_MAX];

	(void)snprintf(file, sizeof(file), "%08u", number);
	path_of(from, scene->tail.wal, file);
	path_of(to, scene->held, name);
	assert_int_equal(link(from, to), 0);
}

/* As it was saved: the segment ${number}, held. */
static void
save(struct scene *scene, unsigned int number)
{
	char name[SPOOL_NAME_MAX], path[PATH_MAX];
	struct spool_segment segment = {
		.name = { 3, number },
		.last = SPOOL_LAST_NONE,
		.missing = true,
	};
	int fd;

	spool_name_format(&segment.name, name);
	path_of(path, scene->held, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	segment.first = wal_content_first(fd);
	(void)close(fd);
	assert_true(wal_content_is_known(&segment.first));
	assert_int_equal(spool_table_add(&scene->table, &segment), 0);
	scene->table.next = number + 1;
}

static int
set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	char name[SPOOL_NAME_MAX];
	unsigned int i;

	assert_non_null(scene);
	log_init(LOG_ERROR, LOG_LOGFMT);
	tail_open(&scene->tail, 0);
	scene->held = scratch_dir();
	lazy_init(&scene->lazy);
	scene->way =
	    link_way_new(open(scene->held, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		&scene->lazy.worker);
	scene->stats = stats_new();
	assert_int_equal(gauges_init(&scene->gauges, scene->stats), 0);
	scene->table.generation = 3;
	for (i = 0; i < SEGMENTS; i++) {
		if (i > 0)
			writer_rotate(&scene->tail.writer);
		writer_sample(&scene->tail.writer, 1, i + 1, 1.0);
		spool_name_format(&(struct spool_name){ 3, i }, name);
		hold_as(scene, i, name);
		if (i < SAVED)
			save(scene, i);
	}
	*state = scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	scene->way->free(scene->way);
	lazy_work(&scene->lazy);
	gauges_release(&scene->gauges);
	stats_free(scene->stats);
	spool_table_release(&scene->table);
	scan_release(&scene->scan);
	tail_close(&scene->tail);
	scratch_remove(scene->held);
	free(scene);
	return 0;
}

/* Prometheus deletes the segments from ${first} on, up to the last. */
static void
delete_from(struct scene *scene, unsigned int first)
{
	for (; first < SEGMENTS; first++)
		tail_delete(&scene->tail, first);
}

/* What is held in a life that begins, the directory having been looked at: a
 * digit for each segment. */
static const char *
take_up_as_seen(struct scene *scene)
{
	static char text[SEGMENTS + 1];
	size_t i, len = 0;

	heritage_take_up(&(struct heritage){
	    .table = &scene->table,
	    .way = scene->way,
	    .gauges = &scene->gauges,
	    .scan = &scene->scan,
	});
	for (i = 0; i < scene->table.len; i++)
		if (scene->table.segments[i].held)
			text[len++] = (char)('0' +
			    (int)scene->table.segments[i].name.number);
	text[len] = '\0';
	return text;
}

/* The same, after a look. */
static const char *
take_up(struct scene *scene)
{
	(void)scan_look(&scene->scan, scene->tail.wal, 0);
	return take_up_as_seen(scene);
}

static double
unbelieved(const struct scene *scene)
{
	return stat_value(scene->gauges.let_go[SPOOL_UNBELIEVED]);
}

static bool
is_in_held(const struct scene *scene, const char *name)
{
	char path[PATH_MAX];

	path_of(path, scene->held, name);
	return access(path, F_OK) == 0;
}

/* Another file has taken the name ${name}, the segment ${number}. */
static void
swap(struct scene *scene, const char *name, unsigned int number)
{
	scratch_do(unlink, scene->held, name);
	hold_as(scene, number, name);
}

static void
what_was_saved_is_believed_if_it_is_that(void **state)
{
	struct scene *scene = *state;

	delete_from(scene, 0);
	scene->table.segments[1].first.crc++;
	assert_string_equal(take_up(scene), "0");
	assert_false(is_in_held(scene, "3-1"));
	assert_true(is_in_held(scene, "3-0"));
}

static void
what_is_in_the_directory_is_believed(void **state)
{
	struct scene *scene = *state;

	scene->table.len = 0;
	scene->table.next = 0;
	assert_string_equal(take_up(scene), "01234");
	assert_int_equal(scene->table.next, SEGMENTS);
	assert_true(unbelieved(scene) == 0);
	/* It is what is met there. */
	assert_int_equal(spool_table_see(&scene->table,
			     &(struct spool_view){ .sights = scene->scan.sights,
				 .len = scene->scan.len }),
	    0);
}

static void
what_is_another_file_than_in_the_directory_is_not(void **state)
{
	struct scene *scene = *state;

	scene->table.len = 0;
	scene->table.next = 0;
	swap(scene, "3-0", 4);
	assert_string_equal(take_up(scene), "1234");
	assert_true(unbelieved(scene) == 1);
}

static void
what_follows_one_that_is_believed_is_believed(void **state)
{
	struct scene *scene = *state;

	delete_from(scene, 0);
	assert_string_equal(take_up(scene), "01234");
	assert_int_equal(scene->table.next, SEGMENTS);
	assert_true(unbelieved(scene) == 0);
}

static void
what_follows_one_in_the_directory_is_believed(void **state)
{
	struct scene *scene = *state;

	delete_from(scene, SAVED);
	scratch_do(unlink, scene->held, "3-1");
	assert_string_equal(take_up(scene), "0234");
	assert_true(scene->table.segments[1].missing);
}

static void
what_follows_one_that_is_not_believed_is_not(void **state)
{
	struct scene *scene = *state;

	delete_from(scene, 0);
	scene->table.segments[1].first.crc++;
	assert_string_equal(take_up(scene), "0");
	assert_true(unbelieved(scene) == 4);
	assert_false(is_in_held(scene, "3-2"));
}

static void
behind_a_gap_nothing_is_believed(void **state)
{
	struct scene *scene = *state;

	delete_from(scene, 0);
	scratch_do(unlink, scene->held, "3-3");
	assert_string_equal(take_up(scene), "012");
	assert_true(unbelieved(scene) == 1);
}

static void
what_is_of_another_generation_is_not_believed(void **state)
{
	struct scene *scene = *state;

	scene->table.generation = 4;
	hold_as(scene, 4, "5-2");
	assert_string_equal(take_up(scene), "01");
	assert_true(unbelieved(scene) == 4);
}

static void
what_begins_with_damage_is_not_believed(void **state)
{
	struct scene *scene = *state;
	char path[PATH_MAX];
	int fd;

	delete_from(scene, 0);
	path_of(path, scene->held, "3-2");
	fd = open(path, O_RDWR | O_CLOEXEC);
	scratch_flip(fd, WAL_HEADER_SIZE + 2, 1);
	(void)close(fd);
	assert_string_equal(take_up(scene), "01");
	assert_true(unbelieved(scene) == 3);
}

static void
what_is_held_no_more_is_counted_unless_it_is_there(void **state)
{
	struct scene *scene = *state;

	scene->table.segments[1].there = true;
	heritage_tell_missing(&scene->table, &scene->gauges);
	assert_true(stat_value(scene->gauges.let_go[SPOOL_MISSING]) == 1);
	assert_false(scene->table.segments[0].missing);
	heritage_tell_missing(&scene->table, &scene->gauges);
	assert_true(stat_value(scene->gauges.let_go[SPOOL_MISSING]) == 1);
}

/* Prometheus writes on between the look and the question what is held. */
static void
what_grows_meanwhile_is_what_was_seen(void **state)
{
	struct scene *scene = *state;
	unsigned int i;

	for (i = SAVED; i < SEGMENTS; i++)
		save(scene, i);
	(void)scan_look(&scene->scan, scene->tail.wal, 0);
	writer_sample(&scene->tail.writer, 1, SEGMENTS + 1, 1.0);
	assert_string_equal(take_up_as_seen(scene), "01234");
	assert_int_equal(spool_table_see(&scene->table,
			     &(struct spool_view){ .sights = scene->scan.sights,
				 .len = scene->scan.len }),
	    0);
}

static int
too_many(struct spool_way *way, const struct spool_name *name)
{
	(void)way;
	(void)name;
	errno = EMFILE;
	return -1;
}

static int (*opened)(struct spool_way *way, const struct spool_name *name);

/* The same of one of them. */
static int
but_one(struct spool_way *way, const struct spool_name *name)
{
	return name->number == SAVED ? too_many(way, name) : opened(way, name);
}

/* What is there may yet be what it should be. */
static void
what_cannot_be_opened_for_now_stays_held(void **state)
{
	struct scene *scene = *state;

	delete_from(scene, 0);
	scene->way->open = too_many;
	assert_string_equal(take_up(scene), "01234");
	assert_true(is_in_held(scene, "3-0"));
	assert_true(is_in_held(scene, "3-2"));
	assert_true(is_in_held(scene, "3-4"));
	assert_true(unbelieved(scene) == 0);
	heritage_tell_missing(&scene->table, &scene->gauges);
	assert_true(stat_value(scene->gauges.let_go[SPOOL_MISSING]) == 0);
}

/* Nothing is to be read before it. */
static void
what_follows_one_that_cannot_be_looked_at_is_believed(void **state)
{
	struct scene *scene = *state;

	delete_from(scene, 0);
	opened = scene->way->open;
	scene->way->open = but_one;
	assert_string_equal(take_up(scene), "01234");
	assert_true(unbelieved(scene) == 0);
}

/* One behind a gap, which is not in the directory. */
static void
what_is_not_likely_stays_held_with_all_behind_it(void **state)
{
	struct scene *scene = *state;

	delete_from(scene, 0);
	scene->table.len = SAVED - 1;
	scene->table.next = SAVED - 1;
	scratch_do(unlink, scene->held, "3-1");
	opened = scene->way->open;
	scene->way->open = but_one;
	assert_string_equal(take_up(scene), "0");
	assert_int_equal(scene->table.next, SAVED - 1);
	assert_true(is_in_held(scene, "3-2"));
	assert_true(is_in_held(scene, "3-4"));
	assert_true(unbelieved(scene) == 0);
}

/* What the directory has is seen; whether it is another log's. */
static int
see(struct scene *scene)
{
	return spool_table_see(&scene->table,
	    &(struct spool_view){
		.sights = scene->scan.sights, .len = scene->scan.len });
}

/* One that is there: what was seen of those behind it is no other log. */
static void
what_cannot_be_looked_at_and_is_there_is_no_other_log(void **state)
{
	struct scene *scene = *state;

	opened = scene->way->open;
	scene->way->open = but_one;
	(void)take_up(scene);
	scene->way->open = opened;
	assert_int_equal(see(scene), 0);
	assert_int_equal(scene->table.generation, 3);
}

/* One that is held only, while those behind it are there, too. */
static void
what_cannot_be_looked_at_is_there_in_the_next_life(void **state)
{
	struct scene *scene = *state;

	tail_delete(&scene->tail, SAVED);
	opened = scene->way->open;
	scene->way->open = but_one;
	(void)take_up(scene);
	assert_int_equal(see(scene), 0);
	scene->way->open = opened;
	assert_string_equal(take_up(scene), "01234");
	assert_true(is_in_held(scene, "3-2"));
	assert_true(unbelieved(scene) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_was_saved_is_believed_if_it_is_that),
		TEST(what_is_in_the_directory_is_believed),
		TEST(what_is_another_file_than_in_the_directory_is_not),
		TEST(what_follows_one_that_is_believed_is_believed),
		TEST(what_follows_one_in_the_directory_is_believed),
		TEST(what_follows_one_that_is_not_believed_is_not),
		TEST(behind_a_gap_nothing_is_believed),
		TEST(what_is_of_another_generation_is_not_believed),
		TEST(what_begins_with_damage_is_not_believed),
		TEST(what_is_held_no_more_is_counted_unless_it_is_there),
		TEST(what_grows_meanwhile_is_what_was_seen),
		TEST(what_cannot_be_opened_for_now_stays_held),
		TEST(what_follows_one_that_cannot_be_looked_at_is_believed),
		TEST(what_is_not_likely_stays_held_with_all_behind_it),
		TEST(what_cannot_be_looked_at_and_is_there_is_no_other_log),
		TEST(what_cannot_be_looked_at_is_there_in_the_next_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
