/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/spool/bounds.h"
#include "tests/unit/http/sim.h"

#define SEGMENTS 6u
#define MIB (UINT64_C(1) << 20)

/* A way that holds what it is said to, and disks of a hundred MiB. */
struct scene {
	struct spool_way way; /* At the head. */
	struct sim *sim;
	struct spool_table table;
	struct spool_segment segments[SEGMENTS];
	uint64_t pinned[SEGMENTS]; /* Bytes. */
	dev_t device[SEGMENTS];
	struct bounds_options options;
	struct bounds bounds;
	char dropped[80]; /* Numbers and reasons. */
	bool sticky;      /* The disk does not know yet what was dropped. */
};

static int64_t free_bytes; /* Of the first disk, and of all others. */
static unsigned int asked;

int __wrap_fstatvfs(int fd, struct statvfs *ret);
int
__wrap_fstatvfs(int fd, struct statvfs *ret)
{
	(void)fd;
	asked++;
	*ret = (struct statvfs){
		.f_frsize = 1,
		.f_blocks = 100 * MIB,
		.f_bavail = (uint64_t)free_bytes,
	};
	return 0;
}

static uint64_t
pinned(struct spool_way *way, const struct spool_name *name, dev_t *ret)
{
	struct scene *scene = (struct scene *)way;

	assert_true(scene->segments[name->number].held);
	*ret = scene->device[name->number];
	return scene->pinned[name->number];
}

static void
drop(void *arg, struct spool_segment *segment, enum spool_reason reason)
{
	static const char *const words[SPOOL_REASONS] = {
		[SPOOL_MAX_BYTES] = "bytes",
		[SPOOL_MAX_AGE] = "age",
		[SPOOL_MIN_FREE] = "free",
	};
	struct scene *scene = arg;
	size_t len = strlen(scene->dropped);

	assert_true(segment->held);
	segment->held = false;
	if (!scene->sticky)
		free_bytes += (int64_t)scene->pinned[segment->name.number];
	(void)snprintf(scene->dropped + len, sizeof(scene->dropped) - len,
	    "%d %s,", (int)segment->name.number, words[reason]);
}

/* Six segments of 10 MiB, a minute apart, of which the last is not pinned. */
static int
set_up(void **state)
{
	static struct scene scene;
	static char here[] = "/tmp";
	struct stat st;
	size_t i;

	scene = (struct scene){ .way.pinned = pinned };
	scene.sim = sim_new(&(struct sim_receiver){ 0 });
	if (scene.sim == NULL || stat(here, &st) != 0)
		return -1;
	for (i = 0; i < SEGMENTS; i++) {
		scene.segments[i] = (struct spool_segment){
			.name.number = i,
			.held = true,
			.written = SIM_WALL - 60000 * (int64_t)(SEGMENTS - i),
		};
		scene.device[i] = st.st_dev;
		scene.pinned[i] = i < SEGMENTS - 1 ? 10 * MIB : 0;
	}
	scene.table.segments = scene.segments;
	scene.table.len = SEGMENTS;
	scene.options.clock = sim_clock(scene.sim);
	scene.options.paths[0] = here;
	free_bytes = 50 * MIB;
	asked = 0;
	*state = &scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	bounds_release(&scene->bounds);
	bounds_release(&scene->bounds);
	sim_free(scene->sim);
	return 0;
}

/* What is dropped, and how much is pinned then. */
static void
check(struct scene *scene, const char *dropped, uint64_t left)
{
	scene->dropped[0] = '\0';
	assert_int_equal(bounds_check(&scene->bounds, &scene->table,
			     &scene->way, drop, scene),
	    left);
	assert_string_equal(scene->dropped, dropped);
}

static void
without_bounds_nothing_is_dropped(void **state)
{
	struct scene *scene = *state;

	bounds_init(&scene->bounds, &scene->options);
	free_bytes = 0;
	check(scene, "", 50 * MIB);
}

static void
beyond_max_bytes_the_oldest_go(void **state)
{
	struct scene *scene = *state;

	scene->options.max_bytes = 30 * MIB;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "0 bytes,1 bytes,", 30 * MIB);
	check(scene, "", 30 * MIB);
	scene->pinned[5] = 1;
	check(scene, "2 bytes,", 20 * MIB + 1);
}

/* That would free nothing. */
static void
what_others_keep_too_is_not_dropped(void **state)
{
	struct scene *scene = *state;

	scene->pinned[0] = 0;
	scene->segments[1].held = false;
	scene->options.max_bytes = 25 * MIB;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "2 bytes,", 20 * MIB);
	assert_true(scene->segments[0].held);
}

static void
beyond_max_age_it_goes(void **state)
{
	struct scene *scene = *state;

	scene->options.max_age = 4 * 60 * CLOCK_SEC;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "0 age,1 age,", 30 * MIB);
	sim_jump(scene->sim, 60000);
	check(scene, "2 age,", 20 * MIB);
}

static void
a_time_to_come_is_not_old(void **state)
{
	struct scene *scene = *state;

	scene->options.max_age = 4 * 60 * CLOCK_SEC;
	scene->segments[0].written = INT64_MAX;
	scene->segments[1].written = SIM_WALL + 3600000;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "", 50 * MIB);
	scene->segments[0].written = INT64_MIN;
	check(scene, "", 50 * MIB); /* Nor is what no clock can tell. */
}

static void
what_is_not_for_us_is_given_back(void **state)
{
	struct scene *scene = *state;

	scene->options.reserve.percent = 10;
	free_bytes = 10 * MIB;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "", 50 * MIB);
	free_bytes = 10 * MIB - 1;
	check(scene, "", 50 * MIB); /* Not asked again yet. */
	assert_int_equal(asked, 1);
	(void)sim_run(scene->sim, BOUNDS_LOOK);
	check(scene, "0 free,", 40 * MIB);
	assert_int_equal(asked, 2);
}

static void
no_more_goes_than_is_missing_though_the_disk_is_slow_to_know(void **state)
{
	struct scene *scene = *state;

	scene->sticky = true;
	scene->options.reserve.bytes = 30 * MIB;
	free_bytes = 15 * MIB;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "0 free,1 free,", 30 * MIB);
	check(scene, "", 30 * MIB);
}

static void
a_disk_is_not_asked_when_nothing_is_pinned(void **state)
{
	struct scene *scene = *state;

	memset(scene->pinned, 0, sizeof(scene->pinned));
	scene->options.reserve.percent = 10;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "", 0);
	assert_int_equal(asked, 0);
}

/* Here the second path is a disk of its own, or the test is vain. */
static void
what_lies_on_another_disk_does_not_help(void **state)
{
	struct scene *scene = *state;
	struct stat st;

	if (stat("/dev/shm", &st) != 0 || st.st_dev == scene->device[0])
		skip();
	scene->options.paths[1] = "/dev/shm";
	scene->options.reserve.percent = 10;
	scene->device[1] = st.st_dev;
	bounds_init(&scene->bounds, &scene->options);
	(void)bounds_check(
	    &scene->bounds, &scene->table, &scene->way, drop, scene);
	/* The first lacks 15 MiB, and the second nothing. */
	scene->bounds.disks[0].left = -15 * (int64_t)MIB;
	scene->bounds.disks[1].left = 0;
	check(scene, "0 free,2 free,", 30 * MIB);
	scene->bounds.disks[1].left = -1;
	check(scene, "1 free,", 20 * MIB);
}

/* As spool.dir is when there is no log yet. */
static void
a_disk_that_comes_later_counts_from_then_on(void **state)
{
	char late[] = "/dev/shm/bounds.XXXXXX";
	struct scene *scene = *state;
	struct stat st;

	if (mkdtemp(late) == NULL || stat(late, &st) != 0 ||
	    st.st_dev == scene->device[0])
		skip();
	assert_int_equal(rmdir(late), 0);
	scene->options.paths[1] = late;
	scene->options.reserve.percent = 10;
	scene->device[0] = st.st_dev;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "", 50 * MIB);
	assert_int_equal(mkdir(late, 0700), 0);
	(void)sim_run(scene->sim, BOUNDS_LOOK);
	check(scene, "", 50 * MIB);
	/* It is not what the first lacks. */
	scene->bounds.disks[0].left = -1;
	check(scene, "1 free,", 40 * MIB);
	assert_int_equal(rmdir(late), 0);
}

static void
a_disk_that_is_not_there_lacks_nothing(void **state)
{
	struct scene *scene = *state;

	scene->options.paths[0] = "/nowhere/at/all";
	scene->options.reserve.percent = 100;
	bounds_init(&scene->bounds, &scene->options);
	check(scene, "", 50 * MIB);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(without_bounds_nothing_is_dropped),
		TEST(beyond_max_bytes_the_oldest_go),
		TEST(what_others_keep_too_is_not_dropped),
		TEST(beyond_max_age_it_goes),
		TEST(a_time_to_come_is_not_old),
		TEST(what_is_not_for_us_is_given_back),
		TEST(
		    no_more_goes_than_is_missing_though_the_disk_is_slow_to_know),
		TEST(a_disk_is_not_asked_when_nothing_is_pinned),
		TEST(what_lies_on_another_disk_does_not_help),
		TEST(a_disk_that_comes_later_counts_from_then_on),
		TEST(a_disk_that_is_not_there_lacks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
