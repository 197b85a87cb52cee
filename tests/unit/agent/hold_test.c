/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/hold.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/spool/scratch.h"

/* A log of two segments, and one who reads it. */
struct scene {
	struct scratch data, beside;
	char wal[80], dir[80];
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	struct config config;
	struct hold *hold;
	struct spool_reader *reader;
	unsigned int settled;
};

static void
note_settled(void *arg)
{
	struct scene *scene = arg;

	scene->settled++;
}

static int
set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ 0 };
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	(void)unsetenv("NOTIFY_SOCKET");
	scratch_open(&scene.data);
	scratch_open(&scene.beside);
	(void)snprintf(scene.wal, sizeof(scene.wal), "%s/wal", scene.data.path);
	(void)snprintf(
	    scene.dir, sizeof(scene.dir), "%s/spool", scene.beside.path);
	if (mkdir(scene.wal, 0700) != 0)
		return -1;
	scratch_write(&scene.data, "wal/00000000", "first");
	scratch_write(&scene.data, "wal/00000001", "second");
	scene.sim = sim_new(&(struct sim_receiver){ 0 });
	lazy_init(&scene.lazy);
	scene.stats = stats_new();
	scene.config.data_dir = scene.data.path;
	scene.config.state_dir = scene.beside.path;
	scene.config.spool.dir = scene.dir;
	*state = &scene;
	return scene.sim == NULL || scene.stats == NULL ? -1 : 0;
}

static void
end(struct scene *scene)
{
	if (scene->reader != NULL)
		spool_leave(scene->reader);
	scene->reader = NULL;
	hold_free(scene->hold);
	scene->hold = NULL;
	lazy_work(&scene->lazy);
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;
	struct scratch spool = { .dir = -1 };

	end(scene);
	stats_free(scene->stats);
	sim_free(scene->sim);
	(void)unlinkat(scene->data.dir, "wal/00000000", 0);
	(void)unlinkat(scene->data.dir, "wal/00000001", 0);
	scratch_close(&scene->data);
	(void)snprintf(spool.path, sizeof(spool.path), "%.63s", scene->dir);
	spool.dir = open(scene->dir, O_RDONLY | O_DIRECTORY);
	if (spool.dir != -1)
		scratch_close(&spool);
	scratch_close(&scene->beside);
	return 0;
}

static void
begin(struct scene *scene, enum config_spool_mode mode)
{
	scene->config.spool.mode = mode;
	scene->hold = hold_new(&(struct hold_options){
	    .clock = sim_clock(scene->sim),
	    .worker = &scene->lazy.worker,
	    .stats = scene->stats,
	    .config = &scene->config,
	    .wal_dir = scene->wal,
	    .settled = note_settled,
	    .arg = scene,
	});
	assert_non_null(scene->hold);
	if (hold_spool(scene->hold) == NULL)
		return;
	scene->reader = spool_join(hold_spool(scene->hold));
	assert_non_null(scene->reader);
}

/* Whether spool.dir has ${name}. */
static bool
has(const struct scene *scene, const char *name)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", scene->dir, name);
	return access(path, F_OK) == 0;
}

static void
without_a_spool_it_does_nothing_and_is_settled_at_once(void **state)
{
	struct scene *scene = *state;

	begin(scene, CONFIG_SPOOL_OFF);
	assert_null(hold_spool(scene->hold));
	hold_look(scene->hold);
	hold_settle(scene->hold, CLOCK_NEVER);
	assert_int_equal(scene->settled, 0);
	(void)sim_run(scene->sim, HOLD_POLL);
	assert_int_equal(scene->settled, 1);
}

static void
a_look_holds_what_is_there(void **state)
{
	struct scene *scene = *state;

	begin(scene, CONFIG_SPOOL_LINK);
	hold_look(scene->hold);
	assert_true(has(scene, "0-0"));
	assert_true(has(scene, "0-1"));
	hold_settle(scene->hold, CLOCK_NEVER);
	(void)sim_run(scene->sim, HOLD_POLL);
	assert_int_equal(scene->settled, 1);
}

/* What an earlier life held is not let go before its readers are back. */
static void
all_is_needed_while_readers_are_awaited(void **state)
{
	struct scene *scene = *state;

	begin(scene, CONFIG_SPOOL_LINK);
	hold_look(scene->hold);
	end(scene);
	begin(scene, CONFIG_SPOOL_LINK);
	spool_leave(scene->reader);
	scene->reader = NULL;
	assert_int_equal(hold_await(scene->hold, true), 0);
	assert_int_equal(hold_await(scene->hold, true), 0);
	hold_look(scene->hold);
	assert_true(has(scene, "0-0"));
	assert_true(has(scene, "0-1"));

	assert_int_equal(hold_await(scene->hold, false), 0);
	(void)sim_run(scene->sim, CLOCK_SEC);
	hold_look(scene->hold);
	assert_false(has(scene, "0-0"));
	/* There may be none to hold. */
	end(scene);
	begin(scene, CONFIG_SPOOL_OFF);
	assert_int_equal(hold_await(scene->hold, true), 0);
}

static void
a_stop_waits_until_what_was_deleted_is_copied(void **state)
{
	struct scene *scene = *state;

	begin(scene, CONFIG_SPOOL_FD);
	hold_look(scene->hold);
	assert_int_equal(unlinkat(scene->data.dir, "wal/00000000", 0), 0);
	hold_settle(scene->hold, CLOCK_NEVER);
	(void)sim_run(scene->sim, 3 * HOLD_POLL);
	assert_int_equal(scene->settled, 0);
	lazy_work(&scene->lazy);
	(void)sim_run(scene->sim, HOLD_POLL);
	assert_int_equal(scene->settled, 1);
	assert_true(has(scene, "0-0"));
	assert_false(has(scene, "0-1"));
}

static void
a_stop_does_not_wait_longer_than_it_may(void **state)
{
	struct scene *scene = *state;

	begin(scene, CONFIG_SPOOL_FD);
	hold_look(scene->hold);
	assert_int_equal(unlinkat(scene->data.dir, "wal/00000000", 0), 0);
	hold_settle(scene->hold, sim_now(scene->sim) + CLOCK_SEC);
	(void)sim_run(scene->sim, CLOCK_SEC - HOLD_POLL);
	assert_int_equal(scene->settled, 0);
	(void)sim_run(scene->sim, 2 * HOLD_POLL);
	assert_int_equal(scene->settled, 1);
}

/* The bounds are kept. */
static void
what_is_beyond_the_bounds_goes(void **state)
{
	struct scene *scene = *state;

	scene->config.spool.max_bytes = 1;
	begin(scene, CONFIG_SPOOL_LINK);
	hold_look(scene->hold);
	assert_int_equal(unlinkat(scene->data.dir, "wal/00000000", 0), 0);
	(void)sim_run(scene->sim, CLOCK_SEC);
	hold_look(scene->hold);
	assert_false(has(scene, "0-0"));
	assert_true(has(scene, "0-1"));
}

static void
what_cannot_be_as_asked_is_no_hold(void **state)
{
	struct scene *scene = *state;

	scratch_write(&scene->beside, "spool", "a file");
	scene->config.spool.mode = CONFIG_SPOOL_FD;
	assert_null(hold_new(&(struct hold_options){
	    .clock = sim_clock(scene->sim),
	    .worker = &scene->lazy.worker,
	    .stats = scene->stats,
	    .config = &scene->config,
	    .wal_dir = scene->wal,
	    .settled = note_settled,
	    .arg = scene,
	}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(without_a_spool_it_does_nothing_and_is_settled_at_once),
		TEST(a_look_holds_what_is_there),
		TEST(all_is_needed_while_readers_are_awaited),
		TEST(a_stop_waits_until_what_was_deleted_is_copied),
		TEST(a_stop_does_not_wait_longer_than_it_may),
		TEST(what_is_beyond_the_bounds_goes),
		TEST(what_cannot_be_as_asked_is_no_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
